// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { columnsOf, shortly, shortName, tellingTitle, usualColumns } from "./columns";
import { allRows, fileName, rowsAsCsv, rowsAsJson } from "./export";
import { isHead, withHeads } from "./groups";
import { LISTS, listAt, type Page, type Row } from "./lists";
import { groupCounts, offered, valuesOfRows } from "./useValues";

const row = (name: string, owner: string | null = null, more: Partial<Row> = {}): Row => ({
  id: name,
  ref: `service:${name}`,
  name,
  title: null,
  description: null,
  type: "service",
  status: "active",
  lifecycle: null,
  state: "DEFINED",
  stale: false,
  lastConfirmed: null,
  topics: [],
  owner: owner ? { ref: `team:${owner}`, name: owner, title: null } : null,
  lastChange: null,
  ...more,
});

describe("columns", () => {
  it("exist for each list, the name first, and the usual ones among them", () => {
    for (const list of LISTS) {
      const ids = columnsOf(list).map(({ id }) => id);
      expect(ids[0]).toBe("name");
      expect(ids).toEqual(expect.arrayContaining(list.columns));
    }
  });

  it("to begin with are those that some source fills; measures take the place of what they say better", () => {
    const services = listAt("/services");
    expect(usualColumns(services, new Set(["git"]))).toEqual(["name", "owner", "type", "status", "system", "repository", "changed"]);
    const all = usualColumns(services, new Set(["git", "sonarqube", "packages"]));
    expect(all).toEqual(["name", "owner", "type", "status", "gate", "coverage", "outdated", "vulnerable", "system", "changed"]);
    expect(usualColumns(services, undefined)).toEqual(all);
    const running = usualColumns(services, new Set(["git", "kubernetes"]));
    expect(running).toContain("production");
    expect(running).toContain("repository");
  });

  it("say in a file what they show", () => {
    const of = (id: string, row: Row) =>
      columnsOf(listAt("/services"))
        .find((column) => column.id === id)
        ?.text(row);
    const measured = row("a", null, { quality: { gate: "FAILED", coverage: 0.612, stale: false }, vulnerable: 2 });
    expect([of("gate", measured), of("coverage", measured), of("vulnerable", measured)]).toEqual(["failed", 0.612, 2]);
    expect([of("gate", row("b")), of("coverage", row("b")), of("outdated", row("b"))]).toEqual([null, null, null]);
  });

  it("show a title only if it says more than the name", () => {
    expect(tellingTitle({ name: "ledger", title: "Ledger" })).toBeUndefined();
    expect(tellingTitle({ name: "site-reliability", title: "Site Reliability" })).toBeUndefined();
    expect(tellingTitle({ name: "sre", title: "Site Reliability" })).toBe("Site Reliability");
    expect(tellingTitle({ name: "sre", title: null })).toBeUndefined();
    expect(tellingTitle({ name: "npm/ms", title: "ms", ecosystem: "npm" })).toBeUndefined();
  });

  it("leave out what another column says", () => {
    expect(shortName({ name: "npm/@types/node", ecosystem: "npm" })).toBe("@types/node");
    expect(shortName({ name: "ledger", ecosystem: null })).toBe("ledger");
  });

  it("say in few words what changed", () => {
    const base = { before: null, after: null, key: null };
    expect(shortly({ ...base, field: "general.owner", before: ["team:a"], after: ["team:b", "team:c"] })).toEqual({
      label: "owner",
      before: "a",
      after: "b, c",
    });
    const package_ = "dependencies.packages[cart/package-lock.json#npm/@scope/zod]";
    const versions = (version: string) => ({ versions: [version] });
    expect(
      shortly({ field: package_, key: "cart/package-lock.json#npm/@scope/zod", before: versions("1.0.0"), after: versions("1.0.1") }),
    ).toEqual({
      label: "zod",
      before: "1.0.0",
      after: "1.0.1",
    });
    expect(shortly({ ...base, field: "general.ref", after: "service:a" })).toMatchObject({ label: "appeared", after: undefined });
  });
});

describe("groups", () => {
  const rows = [row("a", "billing"), row("b", "billing"), row("c", "shop"), row("d")];

  it("have a head each, with the server's count", () => {
    const lines = withHeads(rows, "owner", new Map([["team:billing", 12]]));
    const said = lines.map((line) => (isHead(line) ? `${line.title} ${line.count ?? "?"}` : line.name));
    expect(said).toEqual(["billing 12", "a", "b", "shop ?", "c", "No owner ?", "d"]);
  });

  it("are none without rows", () => {
    expect(withHeads([], "status", new Map())).toEqual([]);
    expect(withHeads([row("a")], "lifecycle", new Map())[0]).toMatchObject({ title: "No lifecycle", value: null });
  });
});

describe("values of rows", () => {
  it("stand in the order of how many rows have them", () => {
    const values = valuesOfRows([row("a", "x"), row("b", "y", { topics: ["t"] }), row("c", "y"), row("d", null, { languages: ["go"] })]);
    expect(values.owner?.map(({ value }) => value)).toEqual(["y", "x"]);
    expect(values.topic?.map(({ value }) => value)).toEqual(["t"]);
    expect(values.language?.map(({ value }) => value)).toEqual(["go"]);
    expect(values.system).toBeUndefined();
  });
});

describe("values that the server counted", () => {
  const values = {
    owner: [
      { value: "sre", count: 7, entity: { ref: "team:sre", title: "Site Reliability" } },
      { value: "ada", count: 2, entity: { ref: "person:ada", title: null } },
      { value: null, count: 3, entity: null },
    ],
    status: [
      { value: "active", count: 9, entity: null },
      { value: null, count: 3, entity: null },
    ],
  };

  it("are offered as they are typed, with what has no owner", () => {
    expect(offered(values)).toEqual({
      owner: [
        { value: "sre", count: 7, title: "Site Reliability" },
        { value: "person:ada", count: 2, title: undefined },
        { value: "none", count: 3, title: "without an owner" },
      ],
      status: [{ value: "active", count: 9, title: undefined }],
    });
  });

  it("count groups by what their rows share", () => {
    expect([...(groupCounts(values, "owner") ?? [])]).toEqual([
      ["team:sre", 7],
      ["person:ada", 2],
      [null, 3],
    ]);
    expect(groupCounts(values, "type")).toBeUndefined();
  });
});

describe("the list as a file", () => {
  const wanted = { filter: {}, orderBy: {}, at: null };
  const pages: Record<string, Page> = {
    "": { total: 3, hint: null, rows: [row("a", "x"), row("b")], next: "1" },
    "1": { total: 3, hint: null, rows: [row("=c")], next: null },
  };
  const load = async (_: unknown, after: string | null): Promise<Page> => {
    const page = pages[after ?? ""];
    if (!page) throw new Error("no such page");
    return page;
  };

  it("has the rows of all pages, and says how far it is", async () => {
    const progress: string[] = [];
    const rows = await allRows(load, wanted, 2, new AbortController().signal, (done, total) => progress.push(`${done}/${total}`));
    expect(rows.map(({ name }) => name)).toEqual(["a", "b", "=c"]);
    expect(progress).toEqual(["2/3", "3/3"]);
  });

  it("stops between two pages when told to", async () => {
    const controller = new AbortController();
    const going = allRows(load, wanted, 2, controller.signal, () => controller.abort());
    await expect(going).rejects.toThrow();
  });

  it("is CSV with the columns shown, and nothing that a spreadsheet would run", () => {
    const columns = columnsOf(listAt("/services")).filter(({ id }) => id === "name" || id === "owner");
    expect(rowsAsCsv([row("a", "x"), row("=c")], columns)).toBe("ref,name,owner\r\nservice:a,a,team:x\r\nservice:=c,'=c,\r\n");
  });

  it("is JSON that says what it is", () => {
    const read: unknown = JSON.parse(rowsAsJson([row("a")], { list: "services", filter: "a", at: "2026-03-01" }));
    expect(read).toMatchObject({ list: "services", filter: "a", at: "2026-03-01", count: 1, rows: [{ ref: "service:a" }] });
    expect(fileName("services", "2026-03-01", "csv")).toBe("services-2026-03-01.csv");
  });
});
