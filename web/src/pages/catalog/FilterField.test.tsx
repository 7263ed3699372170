// @vitest-environment jsdom
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef, useState } from "react";
import { afterEach, describe, expect, it } from "vitest";
import { parseFilter } from "../../lib/filter";
import { FilterField } from "./FilterField";

afterEach(cleanup);

/** A page around the field, whose address follows at once. */
function Page({ start = "" }: { start?: string }) {
  const [text, setText] = useState(start);
  return (
    <>
      <FilterField
        label="Filter services"
        hint="Filter…"
        text={text}
        problem={parseFilter(text).problem}
        keys={["owner", "status", "facts"]}
        values={{ owner: [{ value: "billing", count: 12 }], status: [{ value: "active", count: 3 }] }}
        onOffer={() => undefined}
        onChange={setText}
        field={createRef()}
      />
      <output>{text}</output>
      <button type="button" onClick={() => setText("status:active")}>
        Elsewhere
      </button>
    </>
  );
}

const field = () => screen.getByRole("combobox", { name: "Filter services" });
const address = () => screen.getByRole("status").textContent;
const words = () =>
  within(screen.queryByRole("list", { name: "Filters" }) ?? document.createElement("div"))
    .queryAllByRole("listitem")
    .map((word) => word.textContent);

describe("the field of the filter", () => {
  it("offers keys, then values, by arrow keys", async () => {
    render(<Page />);
    await userEvent.click(field());
    expect(screen.getAllByRole("option").map((option) => option.textContent?.split(":")[0])).toEqual(["owner", "status", "facts"]);
    await userEvent.keyboard("{ArrowDown}{Enter}");
    expect(field()).toHaveProperty("value", "owner:");
    await userEvent.keyboard("{ArrowDown}");
    const option = screen.getByRole("option", { name: /billing/ });
    expect(option.getAttribute("aria-selected")).toBe("true");
    expect(field().getAttribute("aria-activedescendant")).toBe(option.id);
    await userEvent.keyboard("{Enter}");
    expect(words()).toEqual(["ownerbilling"]);
    expect(address()).toBe("owner:billing");
    expect(field()).toHaveProperty("value", "");
  });

  it("makes a word of what is typed at a space, but not within quotes", async () => {
    render(<Page />);
    await userEvent.type(field(), 'status:active owner:"a b" led');
    expect(words()).toEqual(["statusactive", "ownera b"]);
    expect(field()).toHaveProperty("value", "led");
    await userEvent.keyboard("{Enter}");
    expect(address()).toBe('status:active owner:"a b" led');
  });

  it("gives the last word back to be edited, and removes any word by its button", async () => {
    render(<Page start="owner:billing led" />);
    await userEvent.click(field());
    await userEvent.keyboard("{Backspace}");
    expect(field()).toHaveProperty("value", "led");
    await userEvent.click(screen.getByRole("button", { name: "Remove the filter owner:billing" }));
    // Leaving the field made a word of what was typed.
    expect(words()).toEqual(["led"]);
    expect(address()).toBe("led");
    await userEvent.click(screen.getByRole("button", { name: "Clear" }));
    expect(address()).toBe("");
  });

  it("says what is wrong beside the word that is", () => {
    render(<Page start="colour:red owner:billing" />);
    expect(screen.getByRole("alert").textContent).toContain('Nothing can be filtered by "colour"');
    expect(field().getAttribute("aria-invalid")).toBe("true");
    expect(words()).toEqual(["colour:red", "ownerbilling"]);
  });

  it("follows a filter that is changed elsewhere", async () => {
    render(<Page start="owner:billing" />);
    await userEvent.type(field(), "led");
    await userEvent.click(screen.getByRole("button", { name: "Elsewhere" }));
    expect(words()).toEqual(["statusactive"]);
    expect(field()).toHaveProperty("value", "");
  });
});
