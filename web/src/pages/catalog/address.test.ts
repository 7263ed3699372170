import { describe, expect, it } from "vitest";
import { columnsText, nextSorting, orderOf, readColumns, readGroup, readSorting, sortingText } from "./address";
import { listAt } from "./lists";

describe("the order in the address", () => {
  it("is by name, unless it says something known", () => {
    for (const text of [undefined, "", "-", "colour", "constructor"])
      expect(readSorting(text)).toEqual({ column: "name", descending: false });
    expect(readSorting("-lastChange")).toEqual({ column: "changed", descending: true });
    expect(readSorting("owner")).toEqual({ column: "owner", descending: false });
  });

  it("comes back as it was", () => {
    for (const text of ["-lastChange", "lastChange", "owner", "-name", "-status"]) expect(sortingText(readSorting(text))).toBe(text);
    expect(sortingText(readSorting(undefined))).toBeUndefined();
  });

  it("puts what changed last first at the first click", () => {
    expect(nextSorting({ column: "libyears", descending: false }, readSorting("name")).descending).toBe(true);
    expect(nextSorting({ column: "coverage", descending: false }, readSorting("name")).descending).toBe(false);
    const usual = { column: "uses", descending: true };
    expect(readSorting(undefined, usual)).toEqual(usual);
    expect(sortingText(usual, usual)).toBeUndefined();
    expect(sortingText(readSorting("name", usual), usual)).toBe("name");
    const byName = readSorting(undefined);
    expect(nextSorting({ column: "changed", descending: false }, byName)).toEqual({ column: "changed", descending: true });
    expect(nextSorting({ column: "changed", descending: false }, { column: "changed", descending: true }).descending).toBe(false);
    expect(nextSorting({ column: "owner", descending: false }, byName).descending).toBe(false);
  });

  it("follows the groups, if there are any", () => {
    expect(orderOf(readSorting("-lastChange"), undefined)).toEqual({ field: "LAST_CHANGE", direction: "DESC" });
    expect(orderOf(readSorting("-lastChange"), "owner")).toEqual({ field: "OWNER", direction: "ASC" });
    expect(orderOf(readSorting("-owner"), "owner")).toEqual({ field: "OWNER", direction: "DESC" });
  });
});

describe("groups and columns in the address", () => {
  it("are those that the list knows", () => {
    expect(readGroup("owner", listAt("/services"))).toBe("owner");
    expect(readGroup("owner", listAt("/people"))).toBeUndefined();
    expect(readGroup("colour", listAt("/services"))).toBeUndefined();
  });

  it("keep the name, and the usual order", () => {
    const known = ["name", "owner", "type", "changed"];
    expect(readColumns("changed,owner,colour", known, ["name", "type"])).toEqual(["name", "owner", "changed"]);
    for (const text of [undefined, "", "colour"]) expect(readColumns(text, known, ["name", "type"])).toEqual(["name", "type"]);
    expect(columnsText(["type", "name"], ["name", "type"])).toBeUndefined();
    expect(columnsText(["name"], ["name", "type"])).toBe("name");
  });
});

describe("the list in the address", () => {
  it("is services, if there is no such list", () => {
    expect(listAt("/people").name).toBe("people");
    expect(listAt("/").name).toBe("services");
    expect(listAt("/apis/").name).toBe("apis");
  });
});
