/**
 * Weekly reports: the demo company's, which are in its chat and here; and a company that sends none, which can see what they would
 * say.
 */
import type { Page } from "@playwright/test";
import { ask } from "./support/server";
import { barriers, expect, test } from "./support/test";

const demo = process.env.SPOT_DEMO ?? "";
const chat = process.env.SPOT_CHAT ?? "";

/** What is read, inside of its frame. */
function letter(page: Page) {
  return page.frameLocator("main iframe");
}

test("where nobody gets a report the page says how to send it, and that nothing is known", async ({ page }) => {
  await page.goto("/board");
  await page.getByRole("link", { name: "Weekly report" }).click();
  await expect(page).toHaveURL(/\/reports\?week=\d{4}-W\d{2}$/);
  await expect(page.getByRole("heading", { name: "Nobody gets the weekly report yet" })).toBeVisible();
  await expect(page.getByText("[[report.channels]]")).toBeVisible();
  await expect(letter(page).getByRole("heading", { level: 1 })).toContainText("Quality in week");
});

test("an address that names no week, nobody or no report says so", async ({ page }) => {
  await page.goto("/reports?week=2026-W60");
  await expect(page.getByRole("alert")).toContainText('"2026-W60" is no week');
  await page.goto("/reports?week=2019-W10");
  await expect(page.getByRole("heading", { name: "Nothing is known of Week 10, 2019" })).toBeVisible();
  await page.goto("/reports?of=team:never-was");
  await page.getByRole("alert").getByRole("button", { name: "Show the organisation" }).click();
  await expect(letter(page).getByRole("heading", { level: 1 })).toContainText("Quality in week");
  await page.goto("/reports?report=2026-W10/nowhere/report/1");
  await page.getByRole("alert").getByRole("button", { name: "Show all reports" }).click();
  await expect(page).toHaveURL(/\/reports$/);
});

test.describe("in a company with a chat", () => {
  test.use({ baseURL: demo });

  test("every report that was sent can be read as its readers have it", async ({ page }) => {
    const { reports, reportChannels } = await ask<{ reports: { week: string; state: string }[]; reportChannels: { name: string }[] }>(
      demo,
      "{ reports { week state } reportChannels { name } }",
    );
    expect(reportChannels.length).toBeGreaterThan(1);
    expect(reports.map(({ state }) => state)).toEqual(reports.map(() => "SENT"));
    expect(reports.length).toBe(3 * reportChannels.length);
    await page.goto("/reports");
    await expect(page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Board" })).toHaveAttribute(
      "aria-current",
      "page",
    );
    const list = page.getByRole("navigation", { name: "Reports" });
    await expect(list.getByRole("link")).toHaveCount(reports.length);
    // The newest one of the organisation is open.
    const report = page.getByRole("article");
    await expect(report.getByText("posted")).toBeVisible();
    await expect(report.getByText("local:demo")).toBeVisible();
    await expect(letter(page).getByRole("heading", { name: "All figures" })).toBeVisible();
    const pictures = letter(page).getByRole("img");
    await expect(pictures).toHaveCount(2);
    expect(await pictures.first().evaluate((of: HTMLImageElement) => of.naturalWidth)).toBeGreaterThan(1000);
    // All of it is there to be scrolled to.
    const frame = page.locator("main iframe");
    const inside = await letter(page)
      .locator("body > *")
      .evaluate((of) => of.getBoundingClientRect().height);
    await expect.poll(async () => Math.abs(((await frame.boundingBox())?.height ?? 0) - inside)).toBeLessThan(4);
    // Printing prints the letter, not the page around it.
    await frame.evaluate((of: HTMLIFrameElement) => {
      if (of.contentWindow) of.contentWindow.print = () => of.setAttribute("data-printed", "alone");
    });
    await page.keyboard.press("Control+p");
    await expect(frame).toHaveAttribute("data-printed", "alone");
    // Another one, and the message as it was sent.
    await list.getByRole("link").last().click();
    await expect(page).toHaveURL(/report=/);
    await report.getByRole("link", { name: "As sent, to the byte" }).click();
    await expect(report.getByRole("region", { name: "The message" })).toContainText("Quality in week");
    await page.goBack();
    await expect(letter(page).getByRole("heading", { level: 1 })).toContainText("Quality in week");
  });

  test("what the letter says leads into spot, as of its day", async ({ page }) => {
    await page.goto("/reports");
    await letter(page).getByRole("link", { name: "Open the board" }).click();
    await expect(page).toHaveURL(/\/board\?period=\d{4}-W\d{2}&at=\d{4}-\d{2}-\d{2}/);
    await expect(page.getByRole("group", { name: "Product stability" })).toContainText("%");
    await page.goBack();
    await expect(letter(page).getByRole("heading", { level: 1 })).toContainText("Quality in week");
  });

  test("nothing runs in a letter", async ({ page }) => {
    await page.goto("/reports");
    await expect(page.locator("main iframe")).toHaveAttribute("sandbox", /^(?!.*(scripts|forms)).*allow-same-origin/);
    await expect(letter(page).locator("script")).toHaveCount(0);
  });

  test("any week of anybody can be previewed, from the palette and from the board", async ({ page }) => {
    await page.goto("/services");
    await page.getByRole("button", { name: "Search" }).click();
    await page.keyboard.type("weekly rep");
    await page.getByRole("option", { name: /Weekly reports/ }).click();
    await expect(page).toHaveURL(/\/reports$/);
    await page.getByRole("link", { name: /Preview a week/ }).click();
    const shown = letter(page).getByRole("heading", { level: 1 });
    const first = await shown.textContent();
    await page.getByRole("button", { name: "The week before" }).click();
    await expect(shown).not.toHaveText(first ?? "");
    await page.getByRole("button", { name: /Shown is the report of the organisation/ }).click();
    await page.getByRole("option", { name: /Team/ }).first().click();
    await expect(page).toHaveURL(/week=\d{4}-W\d{2}&of=team:/);
    await expect(letter(page).getByText("Whole organisation")).toHaveCount(0);
    await page.getByRole("link", { name: "Board of the week" }).click();
    await expect(page).toHaveURL(/\/board\?period=\d{4}-W\d{2}&of=team:/);
  });

  test("the chat shows the same report, and leads back", async ({ page }) => {
    await page.goto(chat);
    await expect(page.getByRole("navigation", { name: "Channels" }).getByRole("link")).toHaveCount(3);
    const newest = page.getByRole("article").first();
    await expect(newest.getByRole("heading", { name: /Quality in week/ })).toBeVisible();
    await newest.getByRole("link", { name: "board", exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`^${demo}/board\\?period=`));
  });

  for (const scheme of ["light", "dark"] as const) {
    test(`nothing stands in the way of assistive technology, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      for (const path of ["/reports", "/reports?week=2019-W10", "/reports?view=message"]) {
        await page.goto(path);
        await expect(page.locator("main [aria-busy='true']")).toHaveCount(0);
        expect(await barriers(page), path).toEqual([]);
      }
    });
  }

  test("on a phone the list comes first, then the letter, and both fit", async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/reports");
    await expect(page.locator("main iframe")).toBeHidden();
    await page.getByRole("navigation", { name: "Reports" }).getByRole("link").first().click();
    await expect(letter(page).getByRole("heading", { level: 1 })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(
      await letter(page)
        .locator("html")
        .evaluate((of) => of.scrollWidth),
    ).toBe(390);
    await page.getByRole("link", { name: "All reports" }).click();
    await expect(page.getByRole("navigation", { name: "Reports" })).toBeVisible();
  });
});
