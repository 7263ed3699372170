/**
 * The quality board: unknown where nobody tells of incidents and bugs; on the demo company figures, what they are made of,
 * and the way from one to the other.
 */
import type { Locator, Page } from "@playwright/test";
import { ask } from "./support/server";
import { barriers, daysAgo, expect, test } from "./support/test";

test("without a source of incidents and bugs nothing is zero and nothing is perfect", async ({ page }) => {
  await page.goto("/services");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Board" }).click();
  await expect(page).toHaveURL(/\/board$/);
  const stability = page.getByRole("group", { name: "Product stability" });
  await expect(stability).toContainText("no source covers this period");
  await expect(stability).not.toContainText("%");
  await expect(page.getByText(/No source of incidents covers these periods/)).toBeVisible();
  await page
    .getByRole("link", { name: /Connect one/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/collectors/);
});

test("an address that names no period, or nobody, says so", async ({ page }) => {
  await page.goto("/board?period=2026-W60");
  await expect(page.getByRole("alert")).toContainText("2026-W60");
  await page.goto("/board?of=team:never-was");
  await expect(page.getByRole("alert")).toContainText("team:never-was");
  await page.getByRole("button", { name: "Show the organisation" }).click();
  await expect(page).toHaveURL(/\/board$/);
  await page.goto("/board?period=2030-01");
  await expect(page.getByRole("heading", { name: "January 2030 had not begun" })).toBeVisible();
});

const demo = process.env.SPOT_DEMO ?? "";

test.describe("in a company with incidents and bugs", () => {
  test.use({ baseURL: demo });

  test("a figure leads to its definition and to what it is made of", async ({ page }) => {
    await page.goto("/board");
    const open = page.getByRole("group", { name: "Open production bugs" });
    await open.getByRole("button", { name: "Open production bugs", exact: true }).click();
    const details = page.getByRole("dialog", { name: /in detail/ });
    await expect(details.getByRole("row")).toHaveCount(13);
    await page.keyboard.press("Escape");

    const { board } = await ask<{ board: { figures: { value: number }[] } }>(
      demo,
      `{ board(period: "${await weekShown(page)}", metrics: [OPEN_BUGS]) { figures { value } } }`,
    );
    await open.getByRole("button", { name: /show what it is made of/ }).click();
    await expect(page).toHaveURL(/figure=open_bugs/);
    const records = page.getByRole("complementary", { name: "What the figure is made of" });
    await expect(records.getByRole("heading", { name: "Open production bugs" })).toBeFocused();
    await expect(records.getByText(`${String(board.figures[0]?.value)} records`)).toBeVisible();
    await expect(records.getByRole("listitem").first().getByRole("link").first()).toHaveAttribute("href", /^https?:/);
    await page.keyboard.press("Escape");
    await expect(records).toHaveCount(0);
    await expect(page).not.toHaveURL(/figure=/);
  });

  test("a number of a priority or a feature opens exactly its records", async ({ page }) => {
    const { period, openBugs, supportByFeature } = await weekWithBugsDueSoon();
    await page.goto(`/board?period=${period}`);
    const records = page.getByRole("complementary", { name: "What the figure is made of" });
    const opens = async (button: Locator, total: number, words: string, address: RegExp): Promise<void> => {
      // They lie over some of the numbers.
      if ((await records.count()) > 0) await page.keyboard.press("Escape");
      await expect(records).toHaveCount(0);
      await button.click();
      await expect(records.getByRole("heading", { level: 2 })).toContainText(words);
      await expect(records.getByText(`Only those ${words}.`)).toBeVisible();
      await expect(records.getByText(new RegExp(`^(\\d+ of )?${total} records?$`))).toBeVisible();
      await expect(page).toHaveURL(address);
    };
    const bugs = page.getByRole("region", { name: "Open bugs by priority and age" });
    for (const { priority, open, dueSoon, inBreach } of openBugs) {
      const word = priority === null ? "none" : priority.toLowerCase();
      const words = priority === null ? "without a priority" : `of ${word} priority`;
      const row = bugs.getByRole("row").filter({ has: page.getByRole("rowheader", { name: priority === null ? /no priority/i : word }) });
      if (open > 0)
        await opens(row.getByRole("button", { name: /open: show them/ }), open, words, new RegExp(`figure=open_bugs&priority=${word}$`));
      if (inBreach > 0)
        await opens(
          row.getByRole("button", { name: /in breach: show them/ }),
          inBreach,
          words,
          new RegExp(`bugs_in_breach&priority=${word}$`),
        );
      if (dueSoon === 0) continue;
      await opens(row.getByRole("button", { name: /due soon: show them/ }), dueSoon, `${words}, due soon`, /due=soon$/);
      await expect(records.getByRole("listitem").first()).toContainText(/due in|due /);
    }
    // A link shows the same to whoever opens it; from there all are a click away, and closing forgets it.
    await page.reload();
    await expect(records.getByRole("heading", { level: 2 })).toContainText("Open production bugs");
    await records.getByRole("button", { name: "Show all" }).click();
    await expect(page).toHaveURL(/figure=open_bugs$/);
    const total = openBugs.reduce((sum, { open }) => sum + open, 0);
    await expect(records.getByText(new RegExp(`^(\\d+ of )?${total} records?$`))).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page).not.toHaveURL(/figure=|priority=|due=/);
    const [feature] = supportByFeature;
    if (!feature) throw new Error("nobody asked for support in this week");
    const support = page.getByRole("region", { name: "Support cases by feature" });
    await opens(
      support.getByRole("row", { name: feature.name }).getByRole("button"),
      feature.count,
      `about ${feature.name}`,
      /figure=support_cases&feature=/,
    );
  });

  test("periods by keys, by the calendar, and by the chart; all in the address", async ({ page }) => {
    await page.goto("/board");
    await expect(page.getByRole("group", { name: "Product stability" })).toContainText("%");
    await page.keyboard.press("p");
    await expect(page).toHaveURL(/period=\d{4}-W\d{2}/);
    await page.keyboard.press("n");
    await expect(page).not.toHaveURL(/period=/);
    await page.getByRole("button", { name: /^Week \d+/ }).click();
    await page.getByRole("button", { name: "Month", exact: true }).click();
    await expect(page).toHaveURL(/period=\d{4}-\d{2}$/);
    await expect(page.locator("main [aria-busy='true']")).toHaveCount(0);
    const chart = page.getByRole("slider", { name: "Bugs created against resolved" });
    await chart.focus();
    await page.keyboard.press("ArrowLeft");
    await expect(chart).toHaveAttribute("aria-valuenow", "11");
    const shown = page.url();
    await page.keyboard.press("Enter");
    await expect(page).not.toHaveURL(shown);
    await page.goBack();
    await expect(page).toHaveURL(shown);
  });

  test("the board of a team, in the past, follows the day", async ({ page }) => {
    await page.goto(`/board?at=${daysAgo(60)}`);
    await expect(page.getByText(/As of/)).toBeVisible();
    const week = await weekShown(page);
    await page.getByRole("button", { name: /Choose another/ }).click();
    await page.getByRole("option", { name: /Team/ }).first().click();
    await expect(page).toHaveURL(/of=team:/);
    await expect(page.getByRole("group", { name: "Product stability" })).toBeVisible();
    await page.keyboard.press("{");
    await expect.poll(() => weekShown(page)).not.toBe(week);
  });

  test("teams by what moved, and incidents in the timeline", async ({ page }) => {
    await page.goto("/board?figure=incidents&period=2026-Q3");
    const records = page.getByRole("complementary", { name: "What the figure is made of" });
    await records.getByRole("link", { name: "in the timeline" }).first().click();
    await expect(page).toHaveURL(/\/timeline\?.*day=/);
    await page.goto("/board");
    const movers = page.getByRole("region", { name: "What moved most" });
    await movers.getByRole("button", { name: "Stability" }).click();
    await expect(page).toHaveURL(/movers=stability/);
    await expect(movers.getByRole("button", { name: "Stability" })).toHaveAttribute("aria-pressed", "true");
  });

  test("on a wall there is nothing but the board, and one page on paper", async ({ page }) => {
    await page.goto("/board?wall=1");
    await expect(page.getByRole("group", { name: "Product stability" })).toContainText("%");
    await expect(page.getByRole("navigation")).toHaveCount(0);
    await page.keyboard.press("Escape");
    await expect(page).not.toHaveURL(/wall=/);
    await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
    const paper = await page.pdf({ preferCSSPageSize: true });
    expect(paper.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1);
  });

  for (const scheme of ["light", "dark"] as const) {
    test(`nothing stands in the way of assistive technology, ${scheme}`, async ({ page }) => {
      test.setTimeout(180_000);
      await page.emulateMedia({ colorScheme: scheme });
      for (const path of ["/board", "/board?figure=incidents", "/board?wall=1", `/board?period=2020-01`]) {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
        await expect(page.locator("main [aria-busy='true']")).toHaveCount(0);
        expect(await barriers(page), path).toEqual([]);
      }
    });
  }

  test("it fits a phone", async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/board");
    await expect(page.getByRole("group", { name: "Product stability" })).toContainText("%");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await page.locator("main > div > div").evaluate((of) => of.scrollWidth)).toBe(390);
  });
});

interface Narrowed {
  openBugs: { priority: string | null; open: number; dueSoon: number; inBreach: number }[];
  supportByFeature: { name: string; count: number }[];
}

/** The newest week of the last thirteen at whose end bugs were due soon. */
async function weekWithBugsDueSoon(): Promise<Narrowed & { period: string }> {
  const { board } = await ask<{ board: { figures: { points: { day: string }[] }[] } }>(
    demo,
    `{ board(period: "${isoWeek(daysAgo(7))}", metrics: [OPEN_BUGS]) { figures { points { day } } } }`,
  );
  const weeks = board.figures[0]?.points.map(({ day }) => isoWeek(day)).reverse() ?? [];
  for (const period of weeks) {
    const { board: of } = await ask<{ board: Narrowed }>(
      demo,
      `{ board(period: "${period}", metrics: []) { openBugs { priority open dueSoon inBreach } supportByFeature { name count } } }`,
    );
    if (of.openBugs.some(({ dueSoon }) => dueSoon > 0)) return { ...of, period };
  }
  throw new Error("in no week bugs are due soon");
}

/** The ISO week of a day, as the API calls it. */
function isoWeek(day: string): string {
  const thursday = new Date(Date.parse(day) + (4 - (new Date(day).getUTCDay() || 7)) * 86_400_000);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - first) / (7 * 86_400_000)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
}

/** The week that the board shows, as the API calls it. */
async function weekShown(page: Page): Promise<string> {
  const text = (await page.getByRole("button", { name: /^Week \d+, \d{4}/ }).textContent()) ?? "";
  const [, week = "", year = ""] = /Week (\d+), (\d{4})/.exec(text) ?? [];
  return `${year}-W${week.padStart(2, "0")}`;
}
