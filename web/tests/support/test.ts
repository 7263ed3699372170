import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

/** Fails the test if the page says anything on its console that a developer would have to look at. */
export const test = base.extend<{ clean: undefined }>({
  baseURL: async ({ browserName: _ }, use) => use(process.env.SPOT_COMPANY),
  clean: [
    async ({ page }, use) => {
      const said: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") said.push(message.text());
      });
      page.on("pageerror", (error) => said.push(String(error)));
      await use(undefined);
      // Looking into a frame in which no script runs is a script to Chromium.
      const expected = /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|'about:srcdoc' because the document's frame is sandboxed/;
      expect(said.filter((text) => !expected.test(text))).toEqual([]);
    },
    { auto: true },
  ],
});

/** A day so many days before today, in UTC, which is the zone of the store. */
export function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

/** What axe finds on the page as it stands, but for frames in which no script runs: axe is one. */
export async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).exclude("iframe[sandbox]").analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

export { expect };
