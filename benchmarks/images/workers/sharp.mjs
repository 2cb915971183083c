// sharp. The same lines as protocol.py.
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);

const work = (data, limit) =>
  sharp(data)
    .rotate() // by EXIF
    .resize({ width: limit, height: limit, fit: "inside", withoutEnlargement: true })
    .flatten({ background: "#fff" })
    .jpeg({ quality: 90, chromaSubsampling: "4:2:0" })
    .toBuffer();

const memory = (field) => {
  try {
    return Number(readFileSync("/proc/self/status", "ascii").match(new RegExp(`${field}:\\s+(\\d+)`))[1]);
  } catch {
    return 0;
  }
};

const idleMemory = () => {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return memory("VmRSS");
  } catch {
    return memory("VmHWM");
  }
};

const answer = async ({ file, limit, output }) => {
  const data = readFileSync(file);
  const idle = idleMemory();
  const start = performance.now();
  const result = await work(data, limit);
  const ms = performance.now() - start;
  const peak = memory("VmHWM");
  writeFileSync(output, result);
  return { ms, bytes: result.length, idle_kb: idle, peak_kb: peak };
};

console.log(JSON.stringify({ versions: { sharp: sharp.versions.sharp, libvips: sharp.versions.vips } }));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
