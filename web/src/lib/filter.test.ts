import { describe, expect, it } from "vitest";
import { FILTER_KEYS, type FilterKey, filterText, hasTerm, parseFilter, replaced, same, type Term, toggled, understand } from "./filter";
import { addDays } from "./moment";

const DAY = "2026-11-20";
const understood = (text: string, context?: Parameters<typeof understand>[3]) =>
  understand(text, DAY, (days) => addDays(DAY, -days), context);

describe("reading a filter", () => {
  it("tells words from keys with values", () => {
    expect(parseFilter("ledger owner:payments  Status:active").terms).toEqual([
      { key: undefined, value: "ledger" },
      { key: "owner", value: "payments" },
      { key: "status", value: "active" },
    ]);
  });

  it("keeps spaces in quotes, around the value or the whole", () => {
    expect(parseFilter('owner:"site reliability"').terms).toEqual([{ key: "owner", value: "site reliability" }]);
    expect(parseFilter('"site reliability"').terms).toEqual([{ key: undefined, value: "site reliability" }]);
  });

  it("takes a quoted text that looks like a key for text", () => {
    expect(parseFilter('"service:ledger" "owner:x"')).toMatchObject({
      terms: [
        { key: undefined, value: "service:ledger" },
        { key: undefined, value: "owner:x" },
      ],
      problem: undefined,
    });
  });

  it("lets a quote be open while it is typed", () => {
    expect(parseFilter('status:active owner:"site rel').terms).toEqual([
      { key: "status", value: "active" },
      { key: "owner", value: "site rel" },
    ]);
    expect(parseFilter('owner:"half\\').terms).toEqual([{ key: "owner", value: "half" }]);
  });

  it("reads quotes and backslashes in quotes", () => {
    expect(parseFilter('"say \\"hi\\" \\\\o/"').terms).toEqual([{ key: undefined, value: 'say "hi" \\o/' }]);
    expect(parseFilter("back\\slash").terms).toEqual([{ key: undefined, value: "back\\slash" }]);
  });

  it("takes colons in values, addresses and times for what they are", () => {
    expect(parseFilter("owner:person:ada topic:a:b 10:30").terms).toEqual([
      { key: "owner", value: "person:ada" },
      { key: "topic", value: "a:b" },
      { key: undefined, value: "10:30" },
    ]);
  });

  it("finds nothing in nothing", () => {
    for (const text of ["", "   ", '""', '  "" " "']) expect(parseFilter(text)).toEqual({ terms: [], problem: undefined, parts: [] });
  });

  it("says which key is not known, which are, and how to find it as text", () => {
    const { problem, terms, parts } = parseFilter("colour:red ledger");
    expect(problem).toContain('Nothing can be filtered by "colour"');
    expect(problem).toContain("owner, language");
    expect(problem).toContain('"colour:red"');
    expect(terms).toEqual([{ key: undefined, value: "ledger" }]);
    expect(parts.map(({ text }) => text)).toEqual(["colour:red", "ledger"]);
  });

  it("says that a key needs a value, and which", () => {
    expect(parseFilter("owner: payments").problem).toMatch(/^owner: needs a value, right behind the colon\. A team or person/);
    expect(parseFilter('owner:""').problem).toMatch(/^owner: needs a value/);
  });

  it("is not misled by names that every object has", () => {
    expect(parseFilter("constructor:x").problem).toContain("constructor");
    expect(parseFilter("toString").terms).toEqual([{ key: undefined, value: "toString" }]);
  });
});

describe("writing a filter", () => {
  const values = [
    "payments",
    "site reliability",
    'a "quoted" one',
    "back\\slash",
    'back\\slash and "quotes"',
    'ends with\\"',
    "\\",
    '"',
    "owner:x",
    "Service:Ledger",
    "https://example.com/a?b=c",
    "tab\tand\nline",
    "naïve ☃ 日本語",
    "<script>alert(1)</script>",
    "a/b",
    "x".repeat(300),
    ":",
    "-",
    "a:b c",
  ];
  const keys: (FilterKey | undefined)[] = [undefined, ...(Object.keys(FILTER_KEYS) as FilterKey[])];

  it("is the inverse of reading, for each key and value", () => {
    for (const key of keys) {
      for (const value of values) expect(parseFilter(filterText([{ key, value }]))).toMatchObject({ terms: [{ key, value }] });
    }
  });

  it("is the inverse of reading, for many terms of random characters", () => {
    // A small generator with a fixed seed: the same cases each time.
    let seed = 20_260_301;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % below;
    };
    const alphabet = [..."abcXYZ019 \t:\"\\/<>-_.ß☃'", "owner:", '"'];
    for (let round = 0; round < 2_000; round += 1) {
      const terms: Term[] = Array.from({ length: 1 + random(4) }, () => ({
        key: keys[random(keys.length)],
        value: Array.from({ length: 1 + random(12) }, () => alphabet[random(alphabet.length)]).join(""),
      })).filter(({ value }) => value.trim() !== "");
      const text = filterText(terms);
      expect(parseFilter(text), text).toMatchObject({ terms, problem: undefined });
      expect(filterText(parseFilter(text).terms)).toBe(text);
    }
  });
});

describe("toggling", () => {
  it("adds a term, and takes it away again whatever its letter case", () => {
    const once = toggled("ledger", { key: "owner", value: "site reliability" });
    expect(once).toBe('ledger owner:"site reliability"');
    expect(toggled(once, { key: "owner", value: "Site Reliability" })).toBe("ledger");
  });

  it("leaves alone what is not understood", () => {
    expect(toggled("colour:red ledger", { key: "status", value: "active" })).toBe("colour:red ledger status:active");
    expect(toggled("colour:red status:active", { key: "status", value: "active" })).toBe("colour:red");
  });

  it("knows what is there", () => {
    expect(hasTerm("status:Active", { key: "status", value: "active" })).toBe(true);
    expect(hasTerm("active", { key: "status", value: "active" })).toBe(false);
    expect(same({ key: undefined, value: "A" }, { key: undefined, value: "a" })).toBe(true);
  });

  it("replaces what a key says", () => {
    expect(replaced("owner:a ledger", { key: "owner", value: "b" })).toBe("ledger owner:b");
  });
});

describe("understanding", () => {
  it("counts what the teams below an owner own", () => {
    expect(understood("owner:payments")).toEqual({ filter: { ownerTree: true, owner: "team:payments" }, problem: undefined });
  });

  it("takes refs as they are", () => {
    expect(understood("owner:person:ada system:system:shop").filter).toMatchObject({ owner: "person:ada", system: "system:shop" });
  });

  it("knows what has no owner", () => {
    expect(understood("owner:None").filter).toEqual({ ownerTree: true, unowned: true });
  });

  it("takes several values where one is enough", () => {
    expect(understood("language:rust language:go type:website ecosystem:npm").filter).toEqual({
      ownerTree: true,
      language: ["rust", "go"],
      type: ["website"],
      ecosystem: ["npm"],
    });
  });

  it("joins words to the text that is looked for", () => {
    expect(understood('site "relia bility"').filter).toEqual({ ownerTree: true, text: "site relia bility" });
  });

  it("takes names by the kind of their key", () => {
    expect(understood("system:shop domain:trade repository:acme/shop member:sre").filter).toEqual({
      ownerTree: true,
      system: "system:shop",
      domain: "domain:trade",
      repository: "repository:acme/shop",
      memberOf: "team:sre",
    });
    expect(understood("parent:commerce").filter).toMatchObject({ parent: "team:commerce" });
    expect(understood("parent:commerce", { parentKind: "domain" }).filter).toMatchObject({ parent: "domain:commerce" });
  });

  it("refuses two values where one can hold", () => {
    expect(understood("owner:a owner:b").problem).toBe("owner: can be given once, and is given as a and b. Remove one.");
    expect(understood("changed:7d changed:8d").problem).toMatch(/^changed: can be given once/);
  });

  it("reads states and freshness", () => {
    expect(understood("state:Referenced facts:Stale").filter).toEqual({ ownerTree: true, defined: false, stale: true });
    expect(understood("state:defined facts:fresh").filter).toEqual({ ownerTree: true, defined: true, stale: false });
    expect(understood("state:odd").problem).toBe("state: is defined or referenced, not odd.");
    expect(understood("facts:old").problem).toBe("facts: is stale or fresh, not old.");
  });

  it("reads days back from the day that is looked at, and days of the calendar", () => {
    expect(understood("changed:7d").filter).toMatchObject({ changedSince: "2026-11-13" });
    expect(understood("changed:<7d").filter).toMatchObject({ changedSince: "2026-11-13" });
    expect(understood("changed:>90d").filter).toMatchObject({ changedBefore: "2026-08-22" });
    expect(understood("changed:2026-03-01").filter).toMatchObject({ changedSince: "2026-03-01" });
    expect(understood("changed:>2026-03-01").filter).toMatchObject({ changedSince: "2026-03-01" });
    expect(understood("changed:<2026-03-01").filter).toMatchObject({ changedBefore: "2026-03-01" });
  });

  it("says what a time should be", () => {
    for (const text of ["changed:soon", "changed:7", "changed:2026-02-30", "changed:>", "changed:=7d", "changed:99999d"]) {
      expect(understood(text).problem).toMatch(/^changed: takes a number of days or a day, not .*7d \(within\)/);
    }
    expect(understood("changed:2027-01-01").problem).toBe("changed:2027-01-01 lies after the day that you look at, 2026-11-20.");
  });

  it("reads gates, of which any is enough", () => {
    expect(understood("gate:Failed gate:unknown").filter).toEqual({ ownerTree: true, gate: ["FAILED", "UNKNOWN"] });
    expect(understood("gate:red").problem).toBe("gate: is passed, warning, failed or unknown, not red.");
    expect(understood("gate:constructor").problem).toContain("not constructor");
  });

  it("reads coverage in per cent, with a bound at each side", () => {
    expect(understood("coverage:<60").filter).toEqual({ ownerTree: true, coverageBelow: 0.6 });
    expect(understood("coverage:>=42.5 coverage:<80%").filter).toMatchObject({ coverageAtLeast: 0.425, coverageBelow: 0.8 });
    expect(understood("coverage:>80").filter).toMatchObject({ coverageAtLeast: 0.8 });
    expect(understood("coverage:<60 coverage:<80").problem).toMatch(/two bounds at the same side, <60 and <80/);
    for (const text of ["coverage:60", "coverage:<", "coverage:<101", "coverage:low", "coverage:<1e1"]) {
      expect(understood(text).problem, text).toMatch(/^coverage: takes a sign and per cent/);
    }
  });

  it("reads what is answered by yes or no", () => {
    expect(understood("outdated:yes vulnerable:No deprecated:yes endoflife:yes internal:no").filter).toEqual({
      ownerTree: true,
      outdated: true,
      vulnerable: false,
      deprecated: true,
      endOfLife: true,
      internal: false,
    });
    expect(understood("outdated:maybe").problem).toBe("outdated: is yes or no, not maybe.");
    expect(understood("outdated:yes outdated:no").problem).toMatch(/^outdated: can be given once/);
  });

  it("takes who uses a package for a team, unless it says otherwise", () => {
    expect(understood("usedby:payments").filter).toMatchObject({ usedBy: "team:payments" });
    expect(understood("usedby:service:ledger").filter).toMatchObject({ usedBy: "service:ledger" });
  });

  it("hands on what reading found wrong", () => {
    expect(understood("colour:red")).toMatchObject({ filter: undefined });
    expect(understood("colour:red").problem).toContain("colour");
  });
});
