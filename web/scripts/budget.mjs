// Fails if the scripts that the first page needs are larger than 250 KiB compressed, and prints what they are.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KIB = 250;
const dist = new URL("../dist/", import.meta.url);
const html = readFileSync(new URL("index.html", dist), "utf8");
const seen = new Map();

/** A script with everything that it imports statically. */
function add(path) {
  if (seen.has(path)) return;
  const text = readFileSync(new URL(`.${path}`, dist), "utf8");
  seen.set(path, gzipSync(text).length);
  for (const [, name] of text.matchAll(/(?:^|[;}\s])(?:import|export)\s*(?:[^"'();]*?from\s*)?["']\.\/([^"']+\.js)["']/g))
    add(`/assets/${name}`);
}

for (const [, path] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)) add(path);
const total = [...seen.values()].reduce((sum, size) => sum + size, 0);
const kib = (size) => (size / 1024).toFixed(1);
const files = readdirSync(new URL("assets/", dist)).length;
console.log(`first page: ${kib(total)} KiB of scripts compressed in ${seen.size} files (budget ${BUDGET_KIB}); ${files} files in all`);
if (seen.size === 0 || total > BUDGET_KIB * 1024) {
  for (const [path, size] of seen) console.error(`${kib(size).padStart(8)} KiB ${path}`);
  process.exit(1);
}
