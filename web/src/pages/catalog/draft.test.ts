import { describe, expect, it } from "vitest";
import { isDone, isUnfinished, joinFilter, splitFilter } from "./draft";

const texts = (text: string, draft: string) => {
  const field = splitFilter(text, draft);
  return [field.parts.map((part) => part.text), field.draft];
};

describe("the field of the filter", () => {
  it("keeps what is being typed apart from the words that stand", () => {
    expect(texts("owner:a led", "led")).toEqual([["owner:a"], "led"]);
    expect(texts("led", "led")).toEqual([[], "led"]);
    expect(texts("owner:a", "")).toEqual([["owner:a"], ""]);
  });

  it("forgets what was typed when the filter was changed elsewhere", () => {
    expect(texts("owner:a led status:active", "led")).toEqual([["owner:a", "led", "status:active"], ""]);
    expect(texts("", "led")).toEqual([[], ""]);
    expect(texts("bled", "led")).toEqual([["bled"], ""]);
  });

  it("keeps words as they were written, the odd ones too", () => {
    const { parts } = splitFilter('colour:red owner:"a b"', "");
    expect(joinFilter(parts, " x ")).toBe('colour:red owner:"a b" x');
    expect(joinFilter([], "")).toBe("");
  });

  it("knows when a word is finished", () => {
    expect(["led ", "owner:a ", '"a b" '].map(isDone)).toEqual([true, true, true]);
    expect(["led", "owner: ", '"a ', 'owner:"a b ', " ", "owner:"].map(isDone)).toEqual([false, false, false, false, false, false]);
    expect(["owner:", 'owner:"', "OWNER: "].map(isUnfinished)).toEqual([true, true, true]);
    expect(["owner", "owner:a", ""].map(isUnfinished)).toEqual([false, false, false]);
  });
});
