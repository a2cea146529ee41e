// Makes every shipped file. Called by ../build as: node build.mjs OUT WORK, with WORK/node_modules and WORK/debian in place.
import path from 'node:path';
import { buildEmoji } from './emoji.mjs';

const [out, work] = process.argv.slice(2);
const here = import.meta.dirname;
const report = (name, asked, failures) => {
  console.log(`${name}: ${asked - failures.length} of ${asked} pictures`);
  for (const f of failures) console.log(`  skipped ${f.name}: ${f.reason}`);
};
await buildEmoji(path.join(work, 'node_modules'), out, here, report);
