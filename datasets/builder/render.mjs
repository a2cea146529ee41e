// SVG -> pixels with rsvg-convert, a few at a time.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { decode } from './png.mjs';

function crop({ width, height, rgba }, cell) {
  if (width <= cell) return { width, height: Math.min(height, cell), data: rgba };
  const rows = Array.from({ length: Math.min(height, cell) }, (_, y) =>
    rgba.subarray(y * width * 4, (y * width + cell) * 4),
  );
  return { width: cell, height: rows.length, data: Buffer.concat(rows) };
}

// Renders one SVG text to fit a cell x cell square (aspect kept). Rejects when rsvg-convert refuses it.
// rsvg-convert rounds a side up now and then: what is beyond the cell is cut off.
function renderOne(svg, cell) {
  return new Promise((resolve, reject) => {
    const child = spawn('rsvg-convert', ['-w', cell, '-h', cell, '-a'], { timeout: 300000 });
    const out = [];
    let reason = '';
    child.stdout.on('data', (d) => out.push(d));
    child.stderr.on('data', (d) => (reason += d));
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (status) => {
      if (status !== 0) return reject(new Error(reason.trim() || `rsvg-convert ended with ${status}`));
      try {
        resolve(crop(decode(Buffer.concat(out)), cell));
      } catch (error) {
        reject(error);
      }
    });
    child.stdin.end(svg);
  });
}

// Renders jobs [{name, svg: () => text}]. pictures has their order, with null for one that failed; failures say why.
// A picture without any visible pixel counts as failed unless keepBlank is set.
export async function renderAll(jobs, cell, { keepBlank = false } = {}) {
  const pictures = new Array(jobs.length).fill(null);
  const failures = [];
  let next = 0;
  const worker = async () => {
    while (next < jobs.length) {
      const i = next++;
      try {
        const picture = await renderOne(jobs[i].svg(), cell);
        if (!keepBlank && picture.data.every((b) => b === 0)) throw new Error('nothing is drawn');
        pictures[i] = picture;
      } catch (error) {
        failures.push({ i, name: jobs[i].name, reason: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return { pictures, failures: failures.sort((a, b) => a.i - b.i) };
}
