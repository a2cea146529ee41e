// Makes every shipped file. Called by ../build as: node build.mjs WORK, where WORK/node_modules and WORK/debian are in
// place; writes WORK/out.
import fs from 'node:fs';
import path from 'node:path';
import { buildClipart } from './clipart.mjs';
import { buildEmoji } from './emoji.mjs';
import { buildFashion } from './fashion.mjs';
import { squeeze } from './png.mjs';
import { buildSentiment } from './sentiment.mjs';

const work = process.argv[2];
const out = path.join(work, 'out');
const summary = [];

function report(sheet, asked, failures) {
  for (const f of failures) console.log(`${sheet}: skipped ${f.name}: ${f.reason}`);
  summary.push({ sheet, asked, skipped: failures.length });
}

await buildEmoji(path.join(work, 'node_modules'), out, report);
await buildClipart(path.join(work, 'debian/openclipart-svg'), out, report);
buildFashion(path.join(work, 'debian/dataset-fashion-mnist'), out, report);
await buildSentiment(path.join(work, 'node_modules'), out);

let total = 0;
console.log(`\n${'sheet'.padEnd(24)} pictures  skipped      bytes`);
for (const { sheet, asked, skipped } of summary) {
  const file = path.join(out, `${sheet}.png`);
  squeeze(file);
  const bytes = fs.statSync(file).size;
  total += bytes;
  console.log(
    `${sheet.padEnd(24)} ${String(asked - skipped).padStart(8)} ${String(skipped).padStart(8)} ${String(bytes).padStart(10)}`,
  );
}
console.log(`${'all sheets'.padEnd(24)} ${''.padStart(17)} ${String(total).padStart(10)}`);
