// Open Clip Art: every picture whose own record says public domain, with the title, description and keywords it was found with.
import fs from 'node:fs';
import path from 'node:path';
import sax from 'sax';
import { renderAll } from './render.mjs';
import { field, writeSheet } from './sheet.mjs';

const CELL = 48;
// Trademarks, weapons, and the library's own technical samples.
const LEFT_OUT = ['logos/', 'tools/weapons/', 'special/'];

function readText(bytes) {
  const latin = /^\s*<\?xml[^>]*encoding=["']iso-8859-1["']/i.test(bytes.toString('latin1', 0, 200));
  return bytes.toString(latin ? 'latin1' : 'utf8');
}

// The length in CSS pixels, or NaN: "12", "12px", "3.5cm" are lengths, "100%" is none.
function pixels(length) {
  const m = /^\s*([\d.]+)\s*(px|pt|pc|mm|cm|in)?\s*$/.exec(length ?? '');
  return m
    ? Number(m[1]) * { px: 1, pt: 4 / 3, pc: 16, mm: 96 / 25.4, cm: 96 / 2.54, in: 96 }[m[2] ?? 'px']
    : NaN;
}

// Size from the viewBox, else from width and height; ['', ''] where the file gives none.
function sizeOf(svg) {
  const box = (svg.viewbox ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const size =
    box.length === 4 && box.every(Number.isFinite) ? box.slice(2) : [pixels(svg.width), pixels(svg.height)];
  return size.every((x) => x > 0) ? size.map((x) => String(Math.round(x * 100) / 100)) : ['', ''];
}

// Reads the RDF record of one SVG text. Several licences may stand in a file: all of them are returned.
export function readRecord(text) {
  const record = { title: '', description: '', creator: '', keywords: [], licences: [], size: ['', ''] };
  const parser = sax.parser(false, { lowercase: true });
  const open = [];
  const inside = (name) => open.includes(name);
  const add = (chars) => {
    const [element, parent] = [open.at(-1), open.at(-2)];
    if (!inside('metadata') || !inside('work')) return;
    if (element === 'title' && parent === 'work') record.title += chars;
    else if (element === 'description' && parent === 'work') record.description += chars;
    else if (element === 'li' && inside('subject')) record.keywords[record.keywords.length - 1] += chars;
    else if (element === 'title' && inside('creator')) record.creator += chars;
  };
  parser.onerror = () => {
    parser.error = null;
  };
  parser.onopentag = ({ name, attributes }) => {
    const local = name.replace(/^.*:/, '');
    if (!open.length) record.size = sizeOf(attributes);
    if (local === 'license' && inside('work'))
      record.licences.push(attributes['rdf:resource'] ?? attributes.resource ?? '');
    if (local === 'li') record.keywords.push('');
    open.push(local);
  };
  parser.onclosetag = () => open.pop();
  parser.ontext = add;
  parser.oncdata = add;
  parser.write(text).close();
  return record;
}

const isPublicDomain = (licences) =>
  licences.some(Boolean) && licences.filter(Boolean).every((l) => /public ?domain/i.test(l));

// Pictures that show nothing are kept: with their titles they are part of the noise that a filter has to find.
export async function buildClipart(packageRoot, out, report) {
  const root = path.join(packageRoot, 'usr/share/openclipart/svg');
  const jobs = [];
  const count = { 'SVG files': 0, 'left out by folder': 0, 'not marked public domain': 0 };
  const files = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && e.name.endsWith('.svg'))
    .map((e) => path.relative(root, path.join(e.parentPath, e.name)));
  for (const file of files.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    count['SVG files']++;
    if (LEFT_OUT.some((folder) => file.startsWith(folder))) {
      count['left out by folder']++;
      continue;
    }
    const text = readText(fs.readFileSync(path.join(root, file)));
    const record = readRecord(text);
    if (!isPublicDomain(record.licences)) {
      count['not marked public domain']++;
      continue;
    }
    const keywords = record.keywords.map(field).filter(Boolean).join(', ');
    jobs.push({
      name: file,
      row: [file, record.title, record.description, keywords, record.creator, ...record.size],
      svg: () => fs.readFileSync(path.join(root, file)),
    });
  }
  console.log(
    'clipart: ' +
      Object.entries(count)
        .map(([what, n]) => `${n} ${what}`)
        .join(', '),
  );
  const { pictures, failures } = await renderAll(jobs, CELL, { keepBlank: true });
  writeSheet(
    path.join(out, `clipart/oca_${CELL}`),
    CELL,
    ['path', 'title', 'description', 'keywords', 'creator', 'width', 'height'],
    jobs,
    pictures,
  );
  report(`clipart/oca_${CELL}`, jobs.length, failures);
}
