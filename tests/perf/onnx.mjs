// onnx.mjs FILE BATCH STEPS THREADS: median ms of ONNX Runtime on the exported ViT-B/32, peak MiB and the sum of the outputs.
import ort from 'onnxruntime-node'

const [file, batch, steps, threads] = [process.argv[2], ...process.argv.slice(3).map(Number)]
const pixels = Float32Array.from({ length: batch * 3 * 224 * 224 }, (_, i) => Math.fround((i * 7919) % 2001) / 1000 - 1)
const options = { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all' }
const session = await ort.InferenceSession.create(file, options)
const feeds = { pixels: new ort.Tensor('float32', pixels, [batch, 3, 224, 224]) }
const ms = []
let sum = 0
for (let i = 0; i < steps + 2; i++) {
  const start = performance.now()
  const { embedding } = await session.run(feeds)
  ms.push(performance.now() - start)
  sum = embedding.data.reduce((a, b) => a + b, 0)
}
const timed = ms.slice(2).sort((a, b) => a - b)
const peak = process.resourceUsage().maxRSS >> 10
console.log(`${timed[timed.length >> 1].toFixed(3)}\t${peak}\t${sum.toFixed(6)}`)
