// PNG and sprite sheets: just enough of the format to put rendered pictures into one sheet.
// A sheet holds square cells, 40 a row; cell k stands at row k/40, column k%40.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { deflateSync, inflateSync } from 'node:zlib';

export const CELLS_A_ROW = 40;
const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function crc32(bytes) {
  let c = 0xffffffff;
  for (const b of bytes) c = CRC_TABLE[(c ^ b) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

// All chunks of a PNG as [{type, data}].
export function readChunks(png) {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error('not a PNG');
  const chunks = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    });
    at += 12 + length;
  }
  return chunks;
}

export function writeChunks(chunks) {
  const parts = [SIGNATURE];
  for (const { type, data } of chunks) {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    parts.push(frame.subarray(0, 4), body, frame.subarray(4));
  }
  return Buffer.concat(parts);
}

function paeth(a, b, c) {
  const p = a + b - c;
  const pa = Math.abs(p - a);
  const pb = Math.abs(p - b);
  const pc = Math.abs(p - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// Undoes the five row filters (PNG specification, 9.2). rows: height * (1 + stride) bytes; returns height * stride.
function unfilter(rows, stride, height, bpp) {
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const a = x >= bpp ? out[at - bpp] : 0;
      const b = y ? out[at - stride] : 0;
      const c = x >= bpp && y ? out[at - stride - bpp] : 0;
      const guess = [0, a, b, (a + b) >> 1, filter === 4 ? paeth(a, b, c) : 0][filter];
      out[at] = rows[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return out;
}

// Decodes an 8-bit, not interlaced RGB or RGBA picture (what rsvg-convert writes) into {width, height, rgba}.
export function decode(png) {
  const chunks = readChunks(png);
  const head = chunks[0].data;
  const width = head.readUInt32BE(0);
  const height = head.readUInt32BE(4);
  const channels = { 2: 3, 6: 4 }[head[9]];
  if (head[8] !== 8 || !channels || head[12]) throw new Error('PNG of an unexpected kind');
  const rows = inflateSync(Buffer.concat(chunks.filter((c) => c.type === 'IDAT').map((c) => c.data)));
  const pixels = unfilter(rows, width * channels, height, channels);
  if (channels === 4) return { width, height, rgba: pixels };
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let i = 0; i < width * height; i++) pixels.copy(rgba, i * 4, i * 3, i * 3 + 3);
  return { width, height, rgba };
}

// Encodes pixels; channels is 1 (gray) or 4 (RGBA).
export function encode(pixels, width, height, channels, level = 6) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, channels === 1 ? 0 : 6], 8);
  const stride = width * channels;
  const rows = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y++) pixels.copy(rows, y * (stride + 1) + 1, y * stride, (y + 1) * stride);
  return writeChunks([
    { type: 'IHDR', data: head },
    { type: 'IDAT', data: deflateSync(rows, { level }) },
    { type: 'IEND', data: Buffer.alloc(0) },
  ]);
}

// Puts pictures {width, height, data} into one canvas, each in the middle of its cell.
export function layOut(pictures, cell, channels) {
  const rows = Math.ceil(pictures.length / CELLS_A_ROW);
  const width = CELLS_A_ROW * cell;
  const height = rows * cell;
  const canvas = Buffer.alloc(width * height * channels);
  pictures.forEach((p, k) => {
    const left = (k % CELLS_A_ROW) * cell + ((cell - p.width) >> 1);
    const top = Math.floor(k / CELLS_A_ROW) * cell + ((cell - p.height) >> 1);
    for (let y = 0; y < p.height; y++)
      p.data.copy(
        canvas,
        ((top + y) * width + left) * channels,
        y * p.width * channels,
        (y + 1) * p.width * channels,
      );
  });
  return { canvas, width, height };
}

// Reduces an RGBA PNG to a palette of 256 RGBA colours. One thread, as the sums in pngquant depend on how many there are.
// Fully transparent entries become white, so that a reader who forgets the alpha sees paper and no garbage.
export function quantise(png) {
  const small = execFileSync('pngquant', ['--speed', '1', '--nofs', '--strip', '256', '-'], {
    input: png,
    maxBuffer: 1 << 28,
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const chunks = readChunks(small).filter((c) => ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'].includes(c.type));
  const palette = chunks.find((c) => c.type === 'PLTE').data;
  const alpha = chunks.find((c) => c.type === 'tRNS')?.data ?? [];
  alpha.forEach((a, i) => {
    if (a === 0) palette.fill(255, i * 3, i * 3 + 3);
  });
  return writeChunks(chunks);
}

// Packs a PNG file again, smaller, in place; its bytes no longer depend on the zlib inside this node.
export function squeeze(file) {
  execFileSync('zopflipng', ['-y', '--filters=0', '--iterations=5', file, `${file}.small`], {
    stdio: 'ignore',
  });
  fs.renameSync(`${file}.small`, file);
}
