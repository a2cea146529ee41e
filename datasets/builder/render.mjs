// SVG -> pixels with rsvg-convert, a few at a time.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { decode } from './png.mjs';

// Renders one SVG text to fit a cell x cell square (aspect kept). Rejects when rsvg-convert refuses it.
function renderOne(svg, cell) {
  return new Promise((resolve, reject) => {
    const child = spawn('rsvg-convert', ['-w', cell, '-h', cell, '-a'], { timeout: 60000 });
    const out = [];
    let reason = '';
    child.stdout.on('data', (d) => out.push(d));
    child.stderr.on('data', (d) => (reason += d));
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (status) => {
      if (status !== 0) return reject(new Error(reason.trim() || `rsvg-convert ended with ${status}`));
      try {
        const { width, height, rgba } = decode(Buffer.concat(out));
        if (width > cell || height > cell) throw new Error(`${width}x${height} does not fit`);
        resolve({ width, height, data: rgba });
      } catch (error) {
        reject(error);
      }
    });
    child.stdin.end(svg);
  });
}

// Renders jobs [{name, svg: () => text}] in order; the result holds null for a picture that failed, and failures say why.
export async function renderAll(jobs, cell) {
  const pictures = new Array(jobs.length).fill(null), failures = [];
  let next = 0;
  const worker = async () => {
    while (next < jobs.length) {
      const i = next++;
      try {
        pictures[i] = await renderOne(jobs[i].svg(), cell);
        if (pictures[i].data.every((b) => b === 0)) throw new Error('nothing is drawn');
      } catch (error) {
        pictures[i] = null;
        failures.push({ name: jobs[i].name, reason: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return { pictures, failures };
}
