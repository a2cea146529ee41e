// Fashion-MNIST: the first pictures of each class, in the original order, as gray sheets.
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { writeGraySheet, writeTable } from './sheet.mjs';

const SIDE = 28;
const CLASSES = [
  ['T-shirt', 'T恤'],
  ['trousers', '裤子'],
  ['pullover', '套头衫'],
  ['dress', '连衣裙'],
  ['coat', '外套'],
  ['sandal', '凉鞋'],
  ['shirt', '衬衫'],
  ['sneaker', '运动鞋'],
  ['bag', '包'],
  ['ankle boot', '短靴'],
];

// The bytes behind the header of an IDX file (magic, then one 32-bit size for each dimension).
function readIdx(file) {
  const bytes = gunzipSync(fs.readFileSync(file));
  return bytes.subarray(4 + 4 * bytes[3]);
}

// Takes up to `each` pictures of every class from `part` (train or t10k) and writes name.png and name.tsv.
function sheetOf(packageRoot, part, each, name) {
  const file = (kind) =>
    path.join(packageRoot, 'usr/share/datasets/fashion-mnist', `${part}-${kind}-ubyte.gz`);
  const labels = readIdx(file('labels-idx1'));
  const images = readIdx(file('images-idx3'));
  const taken = new Array(CLASSES.length).fill(0);
  const rows = [];
  const pictures = [];
  labels.forEach((label, i) => {
    if (taken[label]++ >= each) return;
    rows.push([label, i]);
    pictures.push({
      width: SIDE,
      height: SIDE,
      data: images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE),
    });
  });
  writeGraySheet(name, SIDE, ['label', 'index'], rows, pictures);
  return rows.length;
}

function writeClasses(file) {
  writeTable(
    file,
    ['label', 'en', 'zh'],
    CLASSES.map(([en, zh], label) => [label, en, zh]),
  );
}

// The shipped part: 200 of each class from the training set, 50 from the test set.
export function buildFashion(packageRoot, out, report) {
  for (const [name, part, each] of [
    ['train', 'train', 200],
    ['test', 't10k', 50],
  ])
    report(`fashion/${name}_28`, sheetOf(packageRoot, part, each, path.join(out, `fashion/${name}_28`)), []);
  writeClasses(path.join(out, 'fashion/classes.tsv'));
}

// All of it, in the original order.
export function fetchFashion(packages, out) {
  for (const [name, part] of [
    ['train', 'train'],
    ['test', 't10k'],
  ])
    console.log(
      `fashion-full: ${name}, ${sheetOf(path.join(packages, 'dataset-fashion-mnist'), part, Infinity, path.join(out, `${name}_28`))} pictures`,
    );
  writeClasses(path.join(out, 'classes.tsv'));
}
