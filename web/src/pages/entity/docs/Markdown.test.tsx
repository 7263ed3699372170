// @vitest-environment jsdom
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import Markdown from "./Markdown";

afterEach(cleanup);

async function show(text: string): Promise<HTMLElement> {
  const paths = new Set(["README.md", "docs/runbook.md"]);
  const component = () => <Markdown text={text} path="README.md" paths={paths} refs={new Map()} />;
  const router = createRouter({ routeTree: createRootRoute({ component }), history: createMemoryHistory() });
  const { container } = render(<RouterProvider router={router as never} />);
  await screen.findByText(/end/);
  return container;
}

describe("Markdown", () => {
  it("loses scripts, handlers and addresses that run", async () => {
    const shown = await show(
      `<script>alert(1)</script><img src=x onerror="alert(2)"><a href="javascript:alert(3)" onclick="alert(4)">one</a>
<iframe src="https://evil.example"></iframe><svg onload="alert(5)"></svg><style>p{display:none}</style><form action="/graphql"><button>b</button></form>

[two](javascript:alert(6)) [three](data:text/html,x) <p style="position:fixed">styled</p>

end`,
    );
    expect(shown.querySelector("script, iframe, svg, style, form, img, [onerror], [onclick], [onload], [style]")).toBeNull();
    expect(shown.innerHTML).not.toMatch(/alert\(|javascript:|data:text/i);
    expect(shown.querySelectorAll("a")).toHaveLength(0);
  });

  it("opens links elsewhere in another tab without a trace, and others in place", async () => {
    await show("[site](https://example.com/) [book](docs/runbook.md#top) [gone](docs/gone.md) end");
    const site = screen.getByRole("link", { name: "site" });
    expect([site.getAttribute("target"), site.getAttribute("rel")]).toEqual(["_blank", "noreferrer noopener"]);
    expect(screen.getByRole("link", { name: "book" }).getAttribute("href")).toContain("docs%2Frunbook.md");
    expect(screen.queryByRole("link", { name: "gone" })).toBeNull();
    expect(screen.getByText("gone")).toBeTruthy();
  });

  it("never loads an image, but says what it shows", async () => {
    const shown = await show(
      "![Build](https://img.example/b.svg) [![Badge](https://img.example/c.svg)](https://ci.example) ![Plan](plan.png) end",
    );
    expect(shown.querySelector("img")).toBeNull();
    expect(screen.getByRole("link", { name: "Image: Build" }).getAttribute("href")).toBe("https://img.example/b.svg");
    expect(screen.getByRole("link", { name: "Image: Badge" }).getAttribute("href")).toBe("https://ci.example/");
    expect(screen.getByText("Image: Plan")).toBeTruthy();
  });

  it("gives headings ids that cannot meet those of the page", async () => {
    const shown = await show('# Content\n\n<h2 id="app">Other</h2>\n\nend');
    expect([...shown.querySelectorAll("[id]")].map(({ id }) => id)).toEqual(["doc-content", "doc-app"]);
  });
});
