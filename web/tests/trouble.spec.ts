/** What people see when something is wrong: each time a page that says what happened and what to do. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fill } from "./support/runtime";
import { start } from "./support/server";
import { barriers, daysAgo, expect, test } from "./support/test";

test("an address that is no page", async ({ page }) => {
  for (const path of ["/nonsense", "/nonsense/a/b", "/unknown/x"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  }
  await page.getByRole("link", { name: "Go to the catalog" }).click();
  await expect(page).toHaveURL(/\/services$/);
});

test("days that are no days, have not come, or are before the first record", async ({ page }) => {
  await page.goto("/services?at=2026-13-45");
  await expect(page.getByRole("heading", { name: "This link names a day that does not exist" })).toBeVisible();
  expect(await barriers(page)).toEqual([]);
  await page.getByRole("button", { name: "Go to today" }).click();
  await expect(page).toHaveURL(/\/services$/);

  await page.goto(`/services?at=${daysAgo(-400)}`);
  await expect(page.getByRole("heading", { name: "has not come yet" })).toBeVisible();

  await page.goto("/services?at=1999-12-31");
  await expect(page.getByRole("heading", { name: "Nothing is known of this day" })).toBeVisible();
  await page.getByRole("button", { name: /^Go to / }).click();
  await expect(page.getByRole("link", { name: "organisation", exact: true }).first()).toBeVisible();
});

test("malformed parameters", async ({ page }) => {
  for (const path of [
    "/services?q=owner:",
    "/services?q=%22",
    "/services?q=nonsense:x",
    "/services?sort=-nonsense",
    "/services?columns=,,x",
  ]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  await page.goto("/services?q=nonsense:x");
  await expect(page.getByText('Nothing can be filtered by "nonsense"')).toBeVisible();
  for (const path of [
    "/timeline?from=x&to=y",
    "/timeline?of=service:nobody",
    "/compare?from=x",
    "/compare?from=2026-01-01&to=2025-01-01",
    "/service/%E0%A4%A",
  ]) {
    await page.goto(path);
    await expect(page.locator("main")).not.toBeEmpty();
    await expect(page.getByText("This page is broken")).toHaveCount(0);
  }
});

test("an entity that nobody knows, or with an odd name", async ({ page }) => {
  for (const name of [
    "nobody",
    "a/b/c",
    "%22quoted%22",
    "%F0%9F%9A%80",
    "100%25",
    "n".repeat(300),
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
  ]) {
    await page.goto(`/service/${name}`);
    await expect(page.getByText(/No .*(service|entity)|nothing|never/i).first()).toBeVisible();
    await expect(page.getByText("This page is broken")).toHaveCount(0);
  }
  await page.goto("/service/odd-names");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(`<b>"Odd" & 'quoted' 🚀</b>`);
  await expect(page.getByText("<img src=x onerror=alert(1)> is text here").first()).toBeVisible();
});

test("markup in documents does nothing", async ({ page }) => {
  await page.goto("/repository/ledger?doc=README.md");
  await expect(page.getByText("Idempotent postings")).toBeVisible();
  expect(await page.evaluate(() => "spotWasTricked" in window)).toBe(false);
  await expect(page.locator("a[href^='javascript']")).toHaveCount(0);
});

test("the server goes away and comes back", async ({ page }) => {
  test.slow();
  const folder = mkdtempSync(join(tmpdir(), "spot-web-"));
  const data = join(folder, "data");
  fill(data, new Date());
  let server = await start({ data });
  try {
    const port = Number(new URL(server.url).port);
    const service = page.getByRole("link", { name: "invoicing", exact: true });
    // A quiet page asks the server now and then: the test moves the page's clock rather than wait for it.
    await page.clock.install();
    await page.goto(`${server.url}/services`);
    await expect(service).toBeVisible();
    await server.stop();
    await page.clock.fastForward("00:20");
    await expect(page.getByText("The server does not answer. What is shown is what was last known")).toBeVisible();
    await expect(service).toBeVisible();
    // The same page finds it again, and so does one that is opened anew.
    server = await start({ data, port });
    await page.clock.fastForward("00:20");
    await expect(page.getByText("The server does not answer")).toHaveCount(0);
    // Whoever asks for something else meanwhile learns of it at once.
    await server.stop();
    await page.keyboard.press("[");
    await expect(page.getByText("The server does not answer. What is shown is what was last known")).toBeVisible();
    await page.goto(`${server.url}/services`).catch(() => undefined);
    server = await start({ data, port });
    await page.goto(`${server.url}/services`);
    await expect(service).toBeVisible();
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a server with another schema", async ({ page }) => {
  await page.route("**/graphql", (route) =>
    route.fulfill({
      json: { data: null, errors: [{ message: 'Unknown field "x" on type "Query".', extensions: { code: "VALIDATION_FAILED" } }] },
    }),
  );
  await page.goto("/services");
  await expect(page.getByRole("heading", { name: "This page and the server do not fit together" }).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Reload the page" }).first()).toBeVisible();
});

test("an empty store explains the next step", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "spot-web-"));
  const server = await start({ data: join(folder, "data") });
  try {
    await page.goto(`${server.url}/`);
    await expect(page.getByText(/spot serve --git/).first()).toBeVisible();
    expect(await barriers(page)).toEqual([]);
    await page.goto(`${server.url}/collectors`);
    await expect(page.getByText(/spot serve --git/).first()).toBeVisible();
    await page.goto(`${server.url}/timeline`);
    await expect(page.locator("main")).toContainText(/backfill|Nothing/);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
