import { expect, test } from "vitest";
import { localPath } from "./place";

test("a place of ours is kept with all that it says", () => {
  for (const place of ["/", "/services?q=a%20b", "/service/ledger?at=2026-03-01#top"]) expect(localPath(place)).toBe(place);
});

test("what would lead elsewhere is no place of ours", () => {
  for (const place of [
    undefined,
    "",
    "services",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:1",
    "/a\n/b",
    "/\t/evil.example",
  ])
    expect(localPath(place)).toBeUndefined();
});
