import { describe, expect, it } from "vitest";
import { countFacets, type Difference, groupByTeam, isIndirect, keep, LINES_SHOWN, ownersToAsk, rowsOf, tally } from "./groups";
import { appeared, difference, ended, step } from "./samples";

const all = { text: "", only: undefined, hidePatches: false, hideIndirect: false, facets: [] };
const names = (differences: Difference[]): (string | undefined)[] => differences.map(({ entity }) => entity?.name);

describe("groups", () => {
  it("are teams by name, and what nobody owns comes last", () => {
    const groups = groupByTeam([
      difference({ entity: "service:a" }),
      difference({ entity: "service:b", owner: "team:team-10" }),
      difference({ entity: "service:c", owner: "team:team-9" }),
    ]);
    expect(groups.map(({ team }) => team)).toEqual(["team:team-9", "team:team-10", undefined]);
  });

  it("hold what appeared first, then what ended, then what changed", () => {
    const [group] = groupByTeam([difference({ entity: "service:a" }), ended("service:b"), appeared("service:c"), appeared("service:d")]);
    expect(group?.entities.map(({ name, fate }) => [name, fate])).toEqual([
      ["c", "appeared"],
      ["d", "appeared"],
      ["b", "ended"],
      ["a", "changed"],
    ]);
    expect(group).toMatchObject({ count: 4, appeared: 2, ended: 1 });
  });

  it("follow the owner at the second day when the owner itself differs", () => {
    const groups = groupByTeam([
      difference({ entity: "service:a", field: "general.type", owner: "team:payments", at: "2026-05-01T00:00:00Z" }),
      difference({
        entity: "service:a",
        field: "general.owner",
        before: ["team:payments"],
        after: ["team:billing", "team:audit"],
        owner: "team:billing",
        at: "2026-04-01T00:00:00Z",
      }),
    ]);
    expect(groups.map(({ team, count }) => [team, count])).toEqual([["team:billing", 2]]);
  });

  it("follow the newest difference otherwise", () => {
    const groups = groupByTeam([
      difference({ entity: "service:a", field: "general.type", owner: "team:new", at: "2026-05-01T00:00:00Z" }),
      difference({ entity: "service:a", field: "general.path", owner: "team:old", at: "2026-04-01T00:00:00Z" }),
    ]);
    expect(groups.map(({ team }) => team)).toEqual(["team:new"]);
  });

  it("take the owners that were asked for", () => {
    const differences = [appeared("service:a"), ended("service:b"), appeared("team:c")];
    expect(ownersToAsk(differences)).toEqual([
      { id: "service:a", fate: "appeared" },
      { id: "service:b", fate: "ended" },
    ]);
    const owners = new Map<string, string | undefined>([
      ["service:a", "team:x"],
      ["service:b", undefined],
    ]);
    expect(groupByTeam(differences, owners).map(({ team }) => team)).toEqual(["team:c", "team:x", undefined]);
  });

  it("keep a lost owner's entity with what nobody owns", () => {
    const lost = difference({ entity: "service:a", field: "general.owner", before: ["team:data"], after: null, owner: "team:data" });
    expect(groupByTeam([lost]).map(({ team }) => team)).toEqual([undefined]);
  });
});

describe("what is kept", () => {
  const patch = step("service:a", "npm/zod", "1.2.3", "1.2.4");
  const major = step("service:a", "npm/react", "17.0.2", "18.0.0", true);
  const owner = difference({ entity: "service:shop", field: "general.owner", before: ["team:payments"], after: ["team:billing"] });

  it("meets every word, somewhere", () => {
    expect(keep([patch, major, owner], { ...all, text: "BILLING shop" })).toEqual([owner]);
    expect(keep([patch, major, owner], { ...all, text: "react" })).toEqual([major]);
    expect(keep([patch, major, owner], { ...all, text: "react billing" })).toEqual([]);
  });

  it("can be without patch steps, and without packages that others brought in", () => {
    expect(keep([patch, major, owner], { ...all, hidePatches: true })).toEqual([major, owner]);
    expect(keep([patch, major, owner], { ...all, hideIndirect: true })).toEqual([patch, owner]);
    expect(isIndirect(major)).toBe(true);
    expect(isIndirect(owner)).toBe(false);
  });

  it("can be of some facets", () => {
    expect(keep([patch, major, owner], { ...all, facets: ["GENERAL"] })).toEqual([owner]);
    expect(keep([patch, owner], { ...all, facets: ["DEPENDENCIES", "GENERAL"] })).toEqual([patch, owner]);
  });

  it("can be of one fate; a new name is a change", () => {
    const renamed = difference({ entity: "service:new", field: "general.ref", before: "service:old", after: "service:new" });
    const differences = [appeared("service:x"), ended("service:y"), renamed];
    expect(names(keep(differences, { ...all, only: "appeared" }))).toEqual(["x"]);
    expect(names(keep(differences, { ...all, only: "ended" }))).toEqual(["y"]);
    expect(names(keep(differences, { ...all, only: "changed" }))).toEqual(["new"]);
    expect(tally(differences)).toEqual({ appeared: 1, ended: 1, changed: 1, entities: 3 });
  });
});

it("facets are counted", () => {
  expect([...countFacets([appeared("service:a"), step("service:a", "npm/a", "1", "2"), ended("service:b")])]).toEqual([
    ["GENERAL", 2],
    ["DEPENDENCIES", 1],
  ]);
});

describe("lines", () => {
  const many = Array.from({ length: LINES_SHOWN + 3 }, (_, place) => step("service:a", `npm/p${place}`, "1.0.0", "2.0.0"));

  it("fold a team", () => {
    const groups = groupByTeam([...many, appeared("service:b")]);
    expect(
      rowsOf(
        groups,
        () => false,
        () => false,
      ).map(({ type }) => type),
    ).toEqual(["team"]);
  });

  it("fold the tail of an entity, unless it is a single line", () => {
    const rest = rowsOf(
      groupByTeam(many),
      () => true,
      () => false,
    ).at(-1);
    expect(rest).toMatchObject({ type: "rest", hidden: 3 });
    const whole = rowsOf(
      groupByTeam(many),
      () => true,
      () => true,
    );
    expect(whole).toHaveLength(1 + many.length);
    const almost = rowsOf(
      groupByTeam(many.slice(0, LINES_SHOWN + 1)),
      () => true,
      () => false,
    );
    expect(almost.map(({ type }) => type)).not.toContain("rest");
  });

  it("have keys of their own", () => {
    const keys = rowsOf(
      groupByTeam([...many, appeared("service:b"), ended("team:c")]),
      () => true,
      () => true,
    ).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
