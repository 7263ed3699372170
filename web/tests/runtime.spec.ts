/** What stands where, what runs, and who needs whom, on a store that holds one of each state. */
import { barriers, daysAgo, expect, test } from "./support/test";

test.use({ baseURL: process.env.SPOT_RUNTIME ?? "" });

test.describe("deployments", () => {
  test("the matrix shows what drifts, failed, is on its way and was rolled back", async ({ page }) => {
    await page.goto("/services");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Deployments" }).click();
    await expect(page).toHaveURL(/\/deployments$/);
    const matrix = page.getByRole("table", { name: "Versions by region" });
    await expect(matrix.getByRole("button", { name: /Checkout|checkout in ap-south/ }).first()).toContainText("2.4.0 failed");
    await expect(matrix.getByRole("button", { name: /ledger in us-east/ })).toContainText("2.5.0 on its way");
    await expect(matrix.getByRole("button", { name: /cart in us-east/ })).toContainText("rolled back");
    await expect(matrix.getByRole("button", { name: /payouts in us-east/ })).toContainText("behind");
    await expect(page.getByRole("button", { name: "2 services drift" })).toBeVisible();
    expect(await barriers(page)).toEqual([]);
  });

  test("only what drifts, in another environment, by a word: the address says it", async ({ page }) => {
    await page.goto("/deployments");
    const matrix = page.getByRole("table", { name: "Versions by region" });
    await page.getByRole("checkbox", { name: "Only drifting" }).check();
    await expect(page).toHaveURL(/drifting=yes/);
    await expect(matrix.getByRole("link", { name: "search" })).toHaveCount(0);
    await expect(matrix.getByRole("link", { name: "payouts" })).toBeVisible();
    await page.getByRole("checkbox", { name: "Only drifting" }).uncheck();
    await page.getByRole("button", { name: "staging" }).click();
    await expect(page).toHaveURL(/environment=staging/);
    await expect(matrix.getByRole("button", { name: /gateway in eu-central/ })).toContainText("2.5.0");
    await page.goto("/deployments?q=owner:data");
    await expect(matrix.getByRole("link", { name: "reporting" })).toBeVisible();
    await expect(matrix.getByRole("link", { name: "ledger" })).toHaveCount(0);
  });

  test("a place tells who, when, what before, and all that was deployed there", async ({ page }) => {
    await page.goto("/deployments");
    const cell = page.getByRole("button", { name: /checkout in ap-south/ });
    await cell.focus();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/cell=service:checkout@?/);
    const place = page.getByRole("complementary", { name: "One place" });
    await expect(place).toContainText("2.4.0 failed");
    await expect(place).toContainText("Behind");
    await expect(place.getByRole("listitem")).toHaveCount(3);
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect(place).toHaveCount(0);
    await expect(cell).toBeFocused();
  });

  test("a past day shows what stood then", async ({ page }) => {
    await page.goto(`/deployments?at=${daysAgo(10)}`);
    const matrix = page.getByRole("table", { name: "Versions by region" });
    await expect(matrix.getByRole("button", { name: /checkout in eu-central/ })).toContainText("2.3.0");
    await expect(page.getByRole("button", { name: "0 services drift" })).toBeVisible();
  });

  test("on a narrow screen a service is one line that opens", async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/deployments");
    await page.getByRole("button", { name: /^checkout: / }).click();
    await expect(page.getByRole("complementary", { name: "One place" })).toContainText("ap-south");
    expect(await barriers(page)).toEqual([]);
  });
});

test.describe("clusters", () => {
  test("services by region, trouble first, and a cluster that is silent", async ({ page }) => {
    await page.goto("/clusters");
    await expect(page.getByRole("list", { name: "Clusters" })).toContainText("not heard from");
    const grid = page.getByRole("table", { name: "Services by region" });
    await expect(grid.getByRole("row").nth(1)).toContainText("ledger");
    await expect(grid.getByRole("row").nth(1)).toContainText("1/3");
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("checkbox", { name: /Only what is not/ }).check();
    await expect(page).toHaveURL(/only=trouble/);
    await expect(grid.getByRole("link", { name: "search", exact: true })).toHaveCount(0);
  });

  test("a workload tells what is wrong, its pods and its revisions", async ({ page }) => {
    await page.goto("/clusters");
    await page.getByRole("link", { name: /^ledger in us-east/ }).click();
    await expect(page).toHaveURL(/\/workload\/us-prod\/apps\/ledger/);
    await expect(page.getByText("ProgressDeadlineExceeded").first()).toBeVisible();
    await expect(page.getByRole("table").filter({ hasText: "CrashLoopBackOff" })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Revisions" })).toBeVisible();
    expect(await barriers(page)).toEqual([]);
  });
});

test("the page of a service says what is deployed, runs, is proposed and configured", async ({ page }) => {
  await page.goto("/service/ledger");
  for (const heading of ["Deployments", "Runtime", "Open pull requests", "Pipeline", "Configuration", "Needed by", "Pages"]) {
    await expect(page.getByRole("heading", { name: heading, exact: true })).toBeVisible();
  }
  await expect(page.getByRole("region", { name: "Timeline" })).toContainText("2.5.0");
  expect(await barriers(page)).toEqual([]);
});

test("what breaks if it is down: as a graph, as a table, and the other way", async ({ page }) => {
  await page.goto("/service/ledger");
  await page.getByRole("link", { name: "What breaks if it is down" }).click();
  await expect(page).toHaveURL(/tab=impact/);
  await expect(page.getByText("5 entities")).toBeVisible();
  await expect(page.getByText("They need each other:")).toBeVisible();
  expect(await barriers(page)).toEqual([]);
  await page.getByRole("button", { name: "Table" }).click();
  await expect(page).toHaveURL(/view=table/);
  await expect(page.getByRole("row", { name: /Gateway/ })).toContainText("2");
  await page.getByRole("button", { name: "What it needs" }).click();
  await expect(page.getByRole("row", { name: /^1 payouts/ })).toContainText("depended on by ledger");
  await page.getByRole("button", { name: "Graph" }).click();
  await page
    .getByRole("region", { name: "Graph" })
    .getByRole("link", { name: /Service payouts/ })
    .click();
  await expect(page).toHaveURL(/\/service\/payouts/);
});

test("a timeline has lanes and lines of events, and can be kept to them", async ({ page }) => {
  await page.goto("/timeline?of=service:ledger&facets=deployment");
  await expect(page.getByRole("list", { name: "Lanes" })).toContainText("Deployments");
  await expect(page.getByRole("table", { name: "Changes and events, newest first" })).toContainText("in progress");
  expect(await barriers(page)).toEqual([]);
});
