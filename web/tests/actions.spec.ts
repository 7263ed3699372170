/** Acting on workloads of simulated clusters: planned, explained, done and recorded; only by whoever may. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { ask, type Clusters, startClusters } from "./support/server";
import { barriers, daysAgo, expect, test } from "./support/test";

let folder: string;
let clusters: Clusters;
/** The page of a workload that the tests act on, its name, and the page of another one. */
let path: string;
let name: string;
let other: string;

test.beforeAll(async () => {
  test.slow();
  folder = mkdtempSync(join(tmpdir(), "spot-web-"));
  clusters = await startClusters(folder);
  const { workloads } = await ask<{ workloads: { nodes: Found[] } }>(
    clusters.url,
    "{ workloads(first: 200) { nodes { ref workload { kind ready desired autoscaler { name } revisions { number } pods { name } } } } }",
  );
  // Some that run as they should, with something to go back to and nobody else who decides about them.
  const [found, second] = workloads.nodes.filter(
    ({ workload: { kind, ready, desired, autoscaler, revisions, pods } }) =>
      kind === "Deployment" && ready === desired && (desired ?? 0) > 1 && autoscaler === null && revisions.length > 1 && pods.length > 1,
  );
  if (!found || !second) throw new Error("too few workloads of the company will do");
  path = `/${found.ref.replace(":", "/")}`;
  other = `/${second.ref.replace(":", "/")}`;
  name = found.ref.split("/").at(-1) ?? "";
});

test.afterAll(async () => {
  await clusters?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Found {
  ref: string;
  workload: {
    kind: string | null;
    ready: number | null;
    desired: number | null;
    autoscaler: object | null;
    revisions: object[];
    pods: { name: string }[];
  };
}

async function signIn(page: Page, role: "viewer" | "operator", to: string): Promise<void> {
  await page.goto(`${clusters.url}/signin?to=${encodeURIComponent(to)}`);
  await page.getByRole("textbox", { name: "Token" }).fill(clusters.tokens[role]);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${clusters.url}${to}`);
  await expect(page.getByRole("heading", { name: "Pods" })).toBeVisible();
}

const actions = (page: Page) => page.getByRole("group", { name: "Actions" });

test("who is not known, or may only look, is offered nothing to do", async ({ page }) => {
  await page.goto(`${clusters.url}${path}`);
  await expect(page.getByRole("heading", { name: "Pods" })).toBeVisible();
  await expect(actions(page)).toHaveCount(0);
  await signIn(page, "viewer", path);
  await expect(page.getByRole("banner").getByText("viewer").first()).toBeVisible();
  await expect(actions(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^Delete/ })).toHaveCount(0);
});

test("a restart: the plan, the reason, the record on the timeline; all by keyboard", async ({ page }) => {
  await signIn(page, "operator", path);
  const restart = actions(page).getByRole("button", { name: "Restart…" });
  await restart.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(page.getByRole("dialog", { name: "Restart" })).toContainText(path.split("/")[2] ?? "");
  const plan = dialog.getByRole("region", { name: "What will change" });
  await expect(plan).toContainText("restartedAt");
  expect(await barriers(page)).toEqual([]);

  // Closed without anything done, the focus is where it was.
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(restart).toBeFocused();

  await page.keyboard.press("Enter");
  await expect(plan).toContainText("restartedAt");
  const order = dialog.getByRole("button", { name: `Restart ${name}` });
  await order.focus();
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toContainText("Say why");
  await expect(dialog.getByRole("textbox", { name: "Why" })).toBeFocused();
  expect(await barriers(page)).toEqual([]);
  await page.keyboard.type("Connections leak since noon");
  await order.focus();
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("heading", { name: "The cluster did it" })).toBeVisible();
  expect(await barriers(page)).toEqual([]);
  await dialog.getByRole("link", { name: "The record on the timeline" }).click();
  await expect(page).toHaveURL(/facets=action/);
  const record = page.getByRole("table", { name: "Changes and events, newest first" });
  await expect(record).toContainText("restart");
  await expect(record).toContainText("succeeded");
  await expect(record).toContainText("operator");
  await expect(record).toContainText("Connections leak since noon");
});

test("going back to a revision, and another number of pods, say what becomes of what", async ({ page }) => {
  await signIn(page, "operator", path);
  await actions(page).getByRole("button", { name: "Roll back…" }).click();
  const dialog = page.getByRole("dialog");
  const plan = dialog.getByRole("region", { name: "What will change" });
  await expect(plan).toContainText("image");
  await expect(plan).toContainText("only the pod template goes back", { ignoreCase: true });
  await dialog.getByRole("radio", { name: "Scale" }).check();
  await expect(plan).toContainText("Say how many");
  await dialog.getByRole("spinbutton", { name: "Pods" }).fill("1");
  await expect(plan).toContainText("spec.replicas");
  await dialog.getByRole("textbox", { name: "Why" }).fill("Nobody needs so many of them");
  await dialog.getByRole("button", { name: `Scale ${name} to 1` }).click();
  await expect(dialog.getByRole("heading", { name: "The cluster did it" })).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(actions(page).getByRole("button", { name: "Roll back…" })).toBeFocused();
});

test("a pod is deleted once; that it is gone is said the second time", async ({ page }) => {
  await signIn(page, "operator", other);
  const first = page.getByRole("button", { name: /^Delete .+…$/ }).first();
  await first.click();
  const dialog = page.getByRole("dialog");
  const plan = dialog.getByRole("region", { name: "What will change" });
  await expect(plan).toContainText("A budget for disruptions is not asked");
  await dialog.getByRole("textbox", { name: "Why" }).fill("It answers nobody any more");
  await dialog.getByRole("button", { name: /^Delete / }).click();
  await expect(dialog.getByRole("heading", { name: "The cluster did it" })).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).click();
  // The page still shows what was read last.
  await first.click();
  await expect(plan.getByRole("alert")).toContainText(/It cannot be done: .*(not found|being deleted)/);
  await expect(dialog.getByRole("button", { name: /^Delete / })).toBeDisabled();
  expect(await barriers(page)).toEqual([]);
});

test("in the past nothing can be done, and the page says so", async ({ page }) => {
  await signIn(page, "operator", path);
  await page.goto(`${clusters.url}${path}?at=${new Date(Date.now() - 1_000).toISOString().replace(/\.\d+Z/, "Z")}`);
  await expect(page.getByText("This is the past: nothing can be done here.")).toBeVisible();
  for (const button of await actions(page).getByRole("button").all()) await expect(button).toBeDisabled();
  await page.goto(`${clusters.url}${path}?at=${daysAgo(1)}`);
  await expect(actions(page)).toHaveCount(0);
});
