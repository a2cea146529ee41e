// The one format of every picture set: NAME.png, a sprite sheet, and NAME.tsv, a header and one line a cell, in cell order.
import fs from 'node:fs';
import path from 'node:path';
import { encode, layOut, quantise } from './png.mjs';

// One field of a TSV: a tab, a line end or any other control character becomes a space; runs of blanks become one.
export const field = (text) =>
  String(text ?? '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();

export function writeTable(file, header, rows) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, [header, ...rows].map((row) => row.map(field).join('\t') + '\n').join(''));
}

// A TSV as objects, one a line, with the header's names as keys.
export function readTable(file) {
  const [header, ...rows] = fs
    .readFileSync(file, 'utf8')
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])));
}

// Writes the pictures that are there (not null) and their rows; returns the rows written. The sheet has 256 RGBA colours, or
// all of them if trueColour (photographs need them).
export function writeSheet(name, cell, header, jobs, pictures, { trueColour = false } = {}) {
  const kept = jobs.map((job, i) => [job.row, pictures[i]]).filter(([, picture]) => picture);
  writeTable(
    `${name}.tsv`,
    header,
    kept.map(([row]) => row),
  );
  const { canvas, width, height } = layOut(
    kept.map(([, picture]) => picture),
    cell,
    4,
  );
  fs.writeFileSync(
    `${name}.png`,
    trueColour ? encode(canvas, width, height, 4) : quantise(encode(canvas, width, height, 4, 1)),
  );
  return kept.map(([row]) => row);
}

export function writeGraySheet(name, cell, header, rows, pictures) {
  writeTable(`${name}.tsv`, header, rows);
  const { canvas, width, height } = layOut(pictures, cell, 1);
  fs.writeFileSync(`${name}.png`, encode(canvas, width, height, 1));
}
