// Tux Paint's stamps: photographs and drawings cut out of their background, with a phrase and its translations, and speech.
import fs from 'node:fs';
import path from 'node:path';
import { renderAll } from './render.mjs';
import { writeSheet } from './sheet.mjs';

const CELL = 96;

// A PNG as an SVG text, so that one program renders and scales everything.
function wrapPng(png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${width} ${height}">` +
    `<image width="${width}" height="${height}" xlink:href="data:image/png;base64,${png.toString('base64')}"/></svg>`
  );
}

// The phrases of a stamp: its first line is English, the others are "language.utf8=phrase".
function readPhrases(file) {
  const [en, ...others] = fs.readFileSync(file, 'utf8').split(/\r?\n/);
  const phrases = new Map(
    others
      .map((line) => /^([^=]+)\.utf8=(.*)$/.exec(line))
      .filter(Boolean)
      .map(([, language, text]) => [language, text]),
  );
  return phrases.set('en', en);
}

// The row of a stamp. Sounds lie beside the pictures: NAME.ogg is its noise, NAME_desc.ogg its name in English and
// NAME_desc_LANGUAGE.ogg in other languages, which the column `speech` lists.
function readStamp(root, file, sounds) {
  const name = file.replace(/\.(png|svg)$/, '');
  const phrases = readPhrases(path.join(root, `${name}.txt`));
  const speech = [...(sounds.get(`${name}_desc`) ?? [])].sort();
  const row = [
    file,
    phrases.get('en'),
    phrases.get('zh_CN'),
    phrases.get('zh_TW'),
    sounds.has(name) ? `${name}.ogg` : '',
    speech.join(' '),
  ];
  return {
    name: file,
    row,
    svg: () =>
      file.endsWith('.png')
        ? wrapPng(fs.readFileSync(path.join(root, file)))
        : fs.readFileSync(path.join(root, file)),
  };
}

// name, or name_desc, -> the languages it is heard in ("en" for a file without a language)
function listSounds(files) {
  const sounds = new Map();
  for (const file of files) {
    const m = /^(.*?)(?:_desc(?:_(\w+))?)?\.ogg$/.exec(file);
    if (!m) continue;
    const name = /_desc(_\w+)?\.ogg$/.test(file) ? `${m[1]}_desc` : m[1];
    sounds.set(name, (sounds.get(name) ?? new Set()).add(m[2] ?? 'en'));
  }
  return sounds;
}

export async function fetchTuxPaint(packages, out) {
  const root = path.join(packages, 'tuxpaint-stamps-default/usr/share/tuxpaint/stamps');
  const files = fs.readdirSync(root, { recursive: true }).sort();
  const there = new Set(files);
  const sounds = listSounds(files);
  const jobs = files
    .filter((f) => /\.(png|svg)$/.test(f) && there.has(f.replace(/\.\w+$/, '.txt')))
    .map((f) => readStamp(root, f, sounds));
  const { pictures, failures } = await renderAll(jobs, CELL);
  writeSheet(
    path.join(out, `stamps_${CELL}`),
    CELL,
    ['path', 'en', 'zh_cn', 'zh_tw', 'sound', 'speech'],
    jobs,
    pictures,
    { trueColour: true },
  );
  fs.renameSync(root, path.join(out, 'stamps'));
  console.log(
    `tuxpaint: ${jobs.length - failures.length} pictures, ${failures.length} skipped; sounds and originals are in stamps/`,
  );
  for (const f of failures) console.log(`  skipped ${f.name}: ${f.reason}`);
}
