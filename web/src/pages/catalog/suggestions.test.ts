import { describe, expect, it } from "vitest";
import { splitDraft, suggest } from "./suggestions";

const values = {
  owner: [
    { value: "payments", count: 12, title: "Payments" },
    { value: "data", count: 3, title: "Data and Payroll" },
  ],
  status: [{ value: "active", count: 1234 }],
};
const labels = (draft: string, chosen: Parameters<typeof suggest>[3] = []) =>
  suggest(draft, ["owner", "status", "facts", "changed"], values, chosen).map(({ label }) => label);

describe("suggestions", () => {
  it("offer the keys of the list, then values with their counts", () => {
    expect(labels("")).toEqual(["owner:", "status:", "facts:", "changed:"]);
    expect(labels("owner:")).toEqual(["payments", "data"]);
    expect(suggest("status:", ["status"], values, [])[0]).toMatchObject({
      label: "active",
      detail: "1,234",
      term: { key: "status", value: "active" },
    });
  });

  it("find values by a word alone, also by the title", () => {
    expect(labels("pay")).toEqual(["owner:payments", "owner:data"]);
    expect(labels("st")).toEqual(["status:", "facts:stale"]);
    expect(labels("owner:pay")).toEqual(["payments", "data"]);
  });

  it("know values that do not depend on the list", () => {
    expect(labels("facts:")).toEqual(["stale", "fresh"]);
    expect(labels("changed:>")).toEqual([">90d", ">365d"]);
  });

  it("tell of values that are known beforehand how many there are, and offer none of them twice", () => {
    const gates = { gate: [{ value: "failed", count: 17 }] };
    const found = suggest("gate:", ["gate"], gates, []);
    expect(found.map(({ label }) => label)).toEqual(["failed", "warning", "passed", "unknown"]);
    expect(found[0]?.detail).toBe("some condition is not met · 17");
  });

  it("offer nothing that is chosen already, and nothing for what nobody has", () => {
    expect(labels("owner:", [{ key: "owner", value: "Payments" }])).toEqual(["data"]);
    expect(labels("owner:zzz")).toEqual([]);
    expect(labels("language:")).toEqual([]);
  });

  it("read the key in any letter case, and quotes that are open", () => {
    expect(splitDraft('Owner:"site r', ["owner"])).toEqual({ key: "owner", rest: "site r" });
    expect(splitDraft("language:x", ["owner"])).toEqual({ key: undefined, rest: "language:x" });
  });
});
