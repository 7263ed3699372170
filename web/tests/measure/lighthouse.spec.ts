/**
 * Lighthouse in all categories on the catalog and on an entity page; `make lighthouse` runs it, as it fetches Lighthouse. Its
 * figure for the speed of a phone, on a network of a phone, depends on what else the machine does and is printed only.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "../support/test";

const run = promisify(execFile);
const flags =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

interface Report {
  categories: Record<string, { score: number }>;
  audits: Record<string, { score: number | null; title: string; displayValue?: string; numericValue?: number }>;
}

for (const path of ["/services", "/service/ledger"]) {
  for (const form of ["desktop", "mobile"]) {
    test(`${path} on ${form} is good`, async () => {
      test.setTimeout(300_000);
      const preset = form === "desktop" ? ["--preset=desktop"] : [];
      const arguments_ = ["exec", "--yes", "--package=lighthouse@12", "--", "lighthouse", `${process.env.SPOT_COMPANY}${path}`, ...preset];
      const options = ["--output=json", "--quiet", `--chrome-flags=${flags}`];
      const { stdout } = await run("npm", [...arguments_, ...options], {
        maxBuffer: 1 << 27,
        env: { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? "/usr/bin/chromium" },
      });
      const { categories, audits } = JSON.parse(stdout) as Report;
      const scores = Object.fromEntries(Object.entries(categories).map(([name, { score }]) => [name, Math.round(score * 100)]));
      const shown = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"] as const;
      console.log(path, form, scores, shown.map((name) => `${name} ${audits[name]?.displayValue}`).join(", "));
      for (const { score, title } of Object.values(audits)) if (score !== null && score < 0.9) console.log(`  ${score} ${title}`);
      for (const [name, score] of Object.entries(scores)) {
        if (form === "desktop" || name !== "performance") expect(score, name).toBeGreaterThanOrEqual(90);
      }
    });
  }
}
