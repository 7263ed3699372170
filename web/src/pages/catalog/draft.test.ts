import { describe, expect, it } from "vitest";
import { edited, type Field, fieldOf, isDone, isLive, isWord, joinFilter, settled } from "./draft";

const words = ({ parts, draft }: Field) => [...parts.map(({ text }) => text), `<${draft}>`];

describe("the field of the filter", () => {
  it("begins with the words of the address", () => {
    expect(words(fieldOf('owner:a "b c"'))).toEqual(["owner:a", '"b c"', "<>"]);
  });

  it("keeps what is typed while the address follows letter by letter", () => {
    const first = fieldOf("owner:a");
    const one = edited(first, first.parts, "l", "owner:a");
    const two = edited(one, one.parts, "le", "owner:a");
    expect(two.text).toBe("owner:a le");
    for (const late of ["owner:a", "owner:a l", "owner:a le"]) expect(words(settled(two, late))).toEqual(["owner:a", "<le>"]);
  });

  it("keeps half a value, of which the address does not know yet", () => {
    const first = fieldOf("");
    const typed = edited(first, [], "status:act", "");
    expect(typed.text).toBe("");
    expect(words(settled(settled(typed, ""), ""))).toEqual(["<status:act>"]);
  });

  it("follows the address when it was changed elsewhere", () => {
    const first = fieldOf("");
    const typed = settled(edited(first, [], "led", ""), "led");
    expect(words(settled(typed, "led status:active"))).toEqual(["led", "status:active", "<>"]);
    expect(words(settled(typed, ""))).toEqual(["<>"]);
  });

  it("keeps words as they were written, the odd ones too", () => {
    expect(joinFilter(fieldOf('colour:red owner:"a b"').parts, " x ")).toBe('colour:red owner:"a b" x');
    expect(joinFilter([], "")).toBe("");
  });

  it("knows when a word is finished", () => {
    expect(["led ", "owner:a ", '"a b" '].map(isDone)).toEqual([true, true, true]);
    expect(["led", "owner: ", '"a ', 'owner:"a b ', " ", "owner:"].map(isDone)).toEqual([false, false, false, false, false, false]);
    expect(["owner:", 'owner:"', "OWNER: ", " "].map(isWord)).toEqual([false, false, false, false]);
    expect(["owner", "owner:a"].map(isWord)).toEqual([true, true]);
    expect(["led", '"owner:a', "10:30"].map(isLive)).toEqual([true, true, true]);
    expect(["owner:", "owner:a", "colour:red"].map(isLive)).toEqual([false, false, false]);
  });
});
