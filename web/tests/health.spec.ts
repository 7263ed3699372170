/**
 * Quality and the age of packages: from the catalog to a service, from a team to its packages, from a package to who uses
 * it. What needs SonarQube and registries runs on the demo company.
 */
import { ask } from "./support/server";
import { barriers, expect, test } from "./support/test";

test("packages have a page of their own in the navigation, and lead to who uses them", async ({ page }) => {
  await page.goto("/services");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Packages" }).click();
  await expect(page).toHaveURL(/\/packages$/);
  const table = page.getByRole("table", { name: "Packages" });
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  await table.getByRole("row").nth(1).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/package\//);
  await expect(page.getByRole("heading", { name: "Versions in use" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Used by" })).toBeVisible();
  // A version leads to those that use exactly it.
  const uses = page.getByRole("link", { name: /\d/ }).and(page.locator("[title^='Show who uses ']")).first();
  await uses.click();
  await expect(page).toHaveURL(/version=/);
  await expect(page.getByText(/of exactly/)).toBeVisible();
});

test("words about quality and packages are understood, and what nobody measured is unknown", async ({ page }) => {
  await page.goto("/services?q=gate:unknown");
  await expect(page.getByRole("row", { name: /ledger/ }).first()).toBeVisible();
  await page.goto("/services?q=coverage:%3C60");
  await expect(page.getByRole("heading", { name: /No service matches/ })).toBeVisible();
  await page.goto("/services?q=gate:red");
  await expect(page.getByRole("alert")).toContainText("gate: is passed, warning, failed or unknown");
});

test("the dependencies of a service are there without any registry, and say that their age is not known", async ({ page }) => {
  await page.goto("/service/ledger?tab=packages");
  const table = page.getByRole("table", { name: "Packages" });
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  await expect(table.getByText("unknown").first()).toBeVisible();
  await table.getByRole("button", { name: "Package", exact: true }).click();
  await expect(page).toHaveURL(/sort=package/);
  await page.getByRole("button", { name: "What hurts most first" }).click();
  await expect(page).not.toHaveURL(/sort=/);
});

const demo = process.env.SPOT_DEMO ?? "";

test.describe("in a company with SonarQube and registries", () => {
  test.use({ baseURL: demo });

  test("a failed gate is found in the catalog and explained on the page of the service", async ({ page }) => {
    await page.goto("/services");
    await page.getByRole("button", { name: /with a failed gate/ }).click();
    await expect(page).toHaveURL(/gate:failed/);
    const first = page.getByRole("table", { name: "Services" }).getByRole("row").nth(1);
    await expect(first).toContainText("failed");
    await first.getByRole("link").first().click();
    await expect(page.getByRole("heading", { name: "Quality", exact: true })).toBeVisible();
    await expect(page.getByText(/, (required|allowed) /).first()).toBeVisible();
    await page.getByRole("link", { name: "All figures and the trend" }).click();
    const chart = page.getByRole("slider", { name: /Coverage in 13 weeks/ });
    await chart.focus();
    await page.keyboard.press("Home");
    await expect(chart).toHaveAttribute("aria-valuenow", "0");
    await page.getByRole("button", { name: "A year" }).click();
    await expect(page).toHaveURL(/over=year/);
  });

  test("the most outdated team leads to its packages, a package to its versions", async ({ page }) => {
    await page.goto("/packages");
    const teams = page.getByRole("region", { name: "Most outdated by team" });
    await teams.getByRole("button").first().click();
    await expect(page).toHaveURL(/usedby:.*outdated:yes/);
    await expect(page.getByRole("table", { name: "Packages" }).getByRole("row").nth(1)).toBeVisible();
    await page.goto("/packages?q=vulnerable:yes");
    await page.getByRole("table", { name: "Packages" }).getByRole("row").nth(1).getByRole("link").first().click();
    await expect(page.getByRole("heading", { name: "Published weaknesses" })).toBeVisible();
    await expect(page.getByRole("slider", { name: /Versions in use/ })).toBeVisible();
  });

  test("what was newest on a day in the past is not what is newest today", async ({ page }) => {
    const { packages } = await ask<{ packages: { nodes: { ref: string; latest: string }[] } }>(
      demo,
      "{ packages(first: 1, orderBy: { field: LATEST_PUBLISHED, direction: DESC }) { nodes { ref latest } } }",
    );
    const [newest] = packages.nodes;
    if (!newest) throw new Error("there are no packages");
    await page.goto(`/${newest.ref.replace(":", "/")}`);
    await expect(page.locator("main").getByText(newest.latest).first()).toBeVisible();
    await page.getByRole("button", { name: /^Today/ }).click();
    await page.getByRole("button", { name: "A year ago" }).click();
    await expect(page.getByText(/As of/)).toBeVisible();
    await expect(page.locator("header dl").getByText(newest.latest, { exact: true })).toHaveCount(0);
  });

  for (const scheme of ["light", "dark"] as const) {
    test(`nothing stands in the way of assistive technology, ${scheme}`, async ({ page }) => {
      test.setTimeout(180_000);
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto("/services?q=gate:failed");
      const service = await page
        .getByRole("table", { name: "Services" })
        .getByRole("row")
        .nth(1)
        .getByRole("link")
        .first()
        .getAttribute("href");
      for (const path of ["/services", "/packages", `${service}`, `${service}?tab=quality`, `${service}?tab=packages`, "/collectors"]) {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
        await expect(page.locator("main [aria-busy='true']")).toHaveCount(0);
        expect(await barriers(page), path).toEqual([]);
      }
    });
  }
});
