/** What brought an incident about: shown to everybody with the evidence, corrected by an admin, and taken back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { fill } from "./support/runtime";
import { ask, type Server, start, token } from "./support/server";
import { barriers, expect, test } from "./support/test";

let folder: string;
let server: Server;
let tokens: Record<"viewer" | "admin", string>;
/** The page of the incident. */
let path: string;

test.beforeAll(async () => {
  test.slow();
  folder = mkdtempSync(join(tmpdir(), "spot-web-"));
  const data = join(folder, "data");
  const now = new Date();
  fill(data, now);
  // A quarter of an hour after version 2.4.0 of reporting arrived in the first of three regions.
  const began = new Date(now.getTime() - (6 * 86_400 + 5_400 - 1_200) * 1_000);
  const ended = new Date(began.getTime() + 1_800_000);
  writeFileSync(
    join(folder, "incidents.csv"),
    `id,title,severity,service,started,ended,features\n1,No report is made,critical,reporting,${began.toISOString()},${ended.toISOString()},Reports\n`,
  );
  const config = join(folder, "spot.toml");
  writeFileSync(config, '[csv]\nincidents = "incidents.csv"\nbackfill = "1y"\n');
  server = await start({ data, config });
  tokens = { viewer: token(data, "viewer"), admin: token(data, "admin") };
  const question = `{ events(kinds: [INCIDENT], from: "2020-01-01", to: "${now.toISOString()}") { nodes { id entity { ref } } } }`;
  await expect
    .poll(async () => {
      const { events } = await ask<{ events: { nodes: { id: string; entity: object | null }[] } }>(server.url, question);
      path = `/event/${events.nodes.find(({ entity }) => entity !== null)?.id}`;
      return path;
    })
    .toMatch(/event-/);
});

test.afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function signIn(page: Page, role: "viewer" | "admin"): Promise<void> {
  await page.goto(`${server.url}/signin?to=${encodeURIComponent(path)}`);
  await page.getByRole("textbox", { name: "Token" }).fill(tokens[role]);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "No report is made" })).toBeVisible();
}

const causes = (page: Page) => page.getByRole("region", { name: "Brought about by" });

test("everybody sees what brought an incident about, and why it is thought so", async ({ page }) => {
  await page.goto(`${server.url}/service/reporting`);
  const timeline = page.getByRole("region", { name: "Timeline" });
  await timeline.getByRole("listitem").filter({ hasText: "No report is made" }).last().getByRole("link", { name: "details" }).click();
  await expect(page).toHaveURL(`${server.url}${path}`);
  await expect(page.getByRole("heading", { level: 1, name: "No report is made" })).toBeVisible();
  await expect(causes(page).getByRole("listitem")).toHaveCount(1);
  await expect(causes(page)).toContainText(/2\.4\.0.*By rule: 1\d min before/s);
  await expect(causes(page).getByRole("button")).toHaveCount(0);
  expect(await barriers(page)).toEqual([]);

  await causes(page).getByRole("link", { name: "2.4.0" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "2.4.0" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Brought about" })).toContainText(/No report is made.*By rule/s);
  expect(await barriers(page)).toEqual([]);

  await signIn(page, "viewer");
  await expect(causes(page)).toContainText("Whoever has the role admin can correct this");
  await expect(causes(page).getByRole("button")).toHaveCount(0);
});

test("an admin says what was not the cause, by keyboard, and takes it back", async ({ page }) => {
  await signIn(page, "admin");
  await causes(page).getByRole("button", { name: "Not the cause: 2.4.0" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Not the cause: 2.4.0" });
  await expect(dialog.getByRole("textbox", { name: /^Why/ })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(causes(page).getByRole("button", { name: "Not the cause: 2.4.0" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.type("A full disk");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(causes(page).getByRole("status")).toContainText("2.4.0 was not the cause");
  await expect(causes(page)).toContainText(/not the cause.*admin said on .* that it was not.*A full disk/s);
  await expect(causes(page)).toContainText("No deployment is known to have brought it about");
  await expect(causes(page).getByRole("heading", { name: "Brought about by" })).toBeFocused();
  expect(await barriers(page)).toEqual([]);

  await causes(page).getByRole("button", { name: "Undo: 2.4.0" }).click();
  await page.getByRole("button", { name: "Withdraw it" }).click();
  await expect(causes(page)).toContainText("By rule");
  await expect(causes(page)).not.toContainText("A full disk");
});

test("an admin names another deployment; in the dark, on a narrow screen", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, "admin");
  const others = causes(page).getByRole("region", { name: "Other deployments before it" });
  await expect(others.getByRole("listitem")).toHaveCount(2);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await others.getByRole("button", { name: "This was the cause: 2.3.0" }).click();
  await page.getByRole("button", { name: "Say so" }).click();
  await expect(causes(page)).toContainText(/2\.3\.0.*admin said so on/s);
  await expect(others).toContainText("2.4.0");
  expect(await barriers(page)).toEqual([]);
  await causes(page).getByRole("button", { name: "Undo: 2.3.0" }).click();
  await page.getByRole("button", { name: "Withdraw it" }).click();
  await expect(causes(page)).toContainText("By rule");
});

test("an event that nobody knows, or that had not happened yet", async ({ page }) => {
  await page.goto(`${server.url}/event/event-0000000000000007`);
  await expect(page.getByRole("heading", { name: "There is no such event" })).toBeVisible();
  expect(await barriers(page)).toEqual([]);
  await page.goto(`${server.url}/event/nonsense`);
  await expect(page.getByRole("alert")).toContainText('"nonsense" is not the id of an event');
  const weekAgo = new Date(Date.now() - 8 * 86_400_000).toISOString().slice(0, 10);
  await page.goto(`${server.url}${path}?at=${weekAgo}`);
  await expect(page.getByRole("heading", { name: "It had not happened yet" })).toBeVisible();
  await page.getByRole("button", { name: "Go to today" }).click();
  await expect(page.getByRole("heading", { name: "No report is made" })).toBeVisible();
});
