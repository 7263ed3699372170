/** Frame times with 10,000 services and 20,000 changes; `make frames` runs it and prints them for docs/benchmarks.md. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { buildLarge } from "../support/company";
import { type Server, start, untilFilled } from "../support/server";
import { expect, test } from "../support/test";

let server: Server;
const folder = mkdtempSync(join(tmpdir(), "spot-frames-"));

test.beforeAll(async () => {
  test.setTimeout(900_000);
  buildLarge(join(folder, "clones"), new Date(), 10_000, 20_000);
  server = await start({ data: join(folder, "data"), clones: join(folder, "clones") });
  await untilFilled(server.url, 900_000);
});

test.afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The times between frames while something is done, in milliseconds. */
async function frames(page: Page, name: string, act: () => Promise<void>): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = [];
    const state = window as unknown as { times: number[]; stop: boolean };
    state.times = times;
    state.stop = false;
    let last = performance.now();
    const frame = (now: number): void => {
      times.push(now - last);
      last = now;
      if (!state.stop) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await act();
  const times = await page.evaluate(() => {
    const state = window as unknown as { times: number[]; stop: boolean };
    state.stop = true;
    return state.times.slice(1);
  });
  const sorted = times.sort((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
  console.log(`| ${name} | ${times.length} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} | ${at(1)} |`);
  expect(times.length).toBeGreaterThan(30);
}

test("the catalog scrolls and the timeline zooms", async ({ page }) => {
  test.setTimeout(300_000);
  await page.goto(`${server.url}/services`);
  await expect(page.getByText("10,000 services")).toBeVisible();
  const table = page.getByRole("region", { name: /services/i }).last();
  await table.hover();
  const wheel = async (steps: number, down: number): Promise<void> => {
    for (let step = 0; step < steps; step += 1) await page.mouse.wheel(0, down);
  };
  await frames(page, "catalog, wheel of 120 px, first time down", () => wheel(300, 120));
  await frames(page, "catalog, wheel of 120 px, back up", () => wheel(300, -120));
  await frames(page, "catalog, wheel of 640 px", () => wheel(200, 640));

  await page.goto(`${server.url}/timeline`);
  await expect(page.getByText(/20,\d{3} entries/).first()).toBeVisible();
  const chart = page.locator("canvas").first();
  await chart.hover();
  await frames(page, "timeline, zoom in", () => wheel(60, -120));
  await frames(page, "timeline, zoom out", () => wheel(60, 120));
  const box = await chart.boundingBox();
  if (!box) throw new Error("the chart has no place");
  await frames(page, "timeline, cross-hair", async () => {
    for (let x = 0; x < 200; x += 1) await page.mouse.move(box.x + 250 + x * 4, box.y + box.height / 2);
  });
});
