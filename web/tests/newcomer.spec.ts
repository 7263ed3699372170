/** The way of a newcomer: find a service, its owner, go back a year, see what changed, compare two days, share the link. */
import { barriers, daysAgo, expect, test } from "./support/test";

test("by mouse", async ({ page, context }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/services$/);
  await expect(page.getByRole("heading", { level: 1, name: /Services/ })).toBeVisible();

  // Find the service and its owner.
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("combobox", { name: "Search" }).fill("ledgr");
  await page.getByRole("option", { name: /Ledger.*Service/ }).click();
  await expect(page).toHaveURL(/\/service\/ledger$/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Ledger");
  const head = page.locator("main");
  await expect(head.getByRole("link", { name: "billing" }).first()).toBeVisible();

  // A year ago it was another team's.
  await page.getByRole("button", { name: /^Today/ }).click();
  await page.getByRole("button", { name: "A year ago" }).click();
  await expect(page).toHaveURL(/at=\d{4}-\d{2}-\d{2}/);
  await expect(page.getByText(/As of/)).toBeVisible();
  await expect(head.getByRole("link", { name: "payments" }).first()).toBeVisible();
  await expect(head.getByRole("link", { name: "billing" })).toHaveCount(0);

  // The link shows the same to a colleague.
  const shared = page.url();
  const colleague = await context.newPage();
  await colleague.goto(shared);
  await expect(colleague.locator("main").getByRole("link", { name: "payments" }).first()).toBeVisible();
  await colleague.close();

  // What changed since then.
  await page.getByRole("link", { name: "Compare with today" }).click();
  await expect(page).toHaveURL(/\/compare\?/);
  await expect(page.getByText("payments").first()).toBeVisible();
  await expect(page.getByText("billing").first()).toBeVisible();

  // And back again, by the browser's own button.
  await page.goBack();
  await expect(page).toHaveURL(shared);
  await page.getByRole("button", { name: "Back to today" }).click();
  await expect(page).toHaveURL(/\/service\/ledger$/);
});

test("by keyboard only", async ({ page }) => {
  await page.goto("/services");
  await expect(page.getByRole("link", { name: "invoicing", exact: true })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("invoicing");
  await expect(page.getByRole("option", { name: /invoicing/i }).first()).toBeVisible();
  await expect(page.getByRole("option", { name: /invoicing.*Service/i })).toBeVisible();
  while (!(await page.getByRole("option", { name: /Service/, selected: true }).isVisible())) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/service\/invoicing$/);
  await expect(page.locator("main").getByRole("link", { name: "billing" }).first()).toBeVisible();

  // Weeks back until payments had it.
  for (let week = 0; week < 28; week += 1) await page.keyboard.press("{");
  await expect(page).toHaveURL(new RegExp(`at=${daysAgo(196)}`));
  await expect(page.locator("main").getByRole("link", { name: "payments" }).first()).toBeVisible();

  await page.keyboard.press("c");
  await expect(page).toHaveURL(/\/compare\?/);
  await expect(page.getByText("invoicing").first()).toBeVisible();
  await page.keyboard.press("t");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("the strip of changes moves the whole page", async ({ page }) => {
  await page.goto("/services");
  const strip = page.getByRole("slider", { name: "Day that is shown" });
  await strip.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page).toHaveURL(new RegExp(`at=${daysAgo(1)}`));
  await page.keyboard.press("End");
  await expect(page).toHaveURL(/\/services$/);
});

test("the theme and the team are kept in the browser", async ({ page }) => {
  await page.goto("/services");
  await page.getByRole("button", { name: "My team…" }).click();
  await page.getByRole("combobox", { name: "Your team" }).fill("bill");
  await page.getByRole("option", { name: /billing/i }).click();
  await expect(page.getByRole("banner").getByRole("link", { name: "billing" })).toBeVisible();
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("banner").getByRole("link", { name: "billing" }).click();
  await expect(page).toHaveURL(/\/team\/billing$/);
});

for (const scheme of ["light", "dark"] as const) {
  test(`nothing stands in the way of assistive technology, ${scheme}`, async ({ page }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: scheme });
    const past = `at=${daysAgo(200)}`;
    const paths = [
      "/services",
      `/services?${past}`,
      "/teams",
      "/packages",
      "/service/ledger",
      `/service/ledger?${past}`,
      "/repository/ledger?doc=README.md",
      "/team/billing",
      "/service/nobody",
      "/timeline",
      "/timeline?of=service:ledger",
      "/compare",
      `/compare?from=${daysAgo(365)}&to=${daysAgo(0)}`,
      "/collectors",
    ];
    for (const path of paths) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
      await expect(page.locator("main [aria-busy='true']")).toHaveCount(0);
      expect(await barriers(page), path).toEqual([]);
    }
  });
}
