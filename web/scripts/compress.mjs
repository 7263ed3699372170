// Leaves a file compressed by brotli beside each text file of dist that gains by it; the server sends that to those who take it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
for (const name of readdirSync(dist, { recursive: true })) {
  if (!/\.(js|css|html|svg|json)$/.test(name)) continue;
  const content = readFileSync(new URL(name, dist));
  const compressed = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  if (compressed.length < content.length * 0.9) writeFileSync(new URL(`${name}.br`, dist), compressed);
}
