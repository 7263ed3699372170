import { describe, expect, it } from "vitest";
import { asked, readTopics, TOPICS, toggledTopic, topicName, writeTopics } from "./topic";

describe("topics", () => {
  it("are words, unknown ones left out", () => {
    expect(readTopics("quality,general,nonsense,deployment")).toEqual(["GENERAL", "QUALITY", "DEPLOYMENT"]);
    expect(readTopics(undefined)).toEqual([]);
    expect(writeTopics(["GENERAL", "PULL_REQUEST"])).toBe("general,pull_request");
    expect(writeTopics([])).toBeUndefined();
    expect(writeTopics(TOPICS)).toBeUndefined();
  });

  it("are added and taken away", () => {
    expect(toggledTopic(["QUALITY"], "GENERAL")).toEqual(["GENERAL", "QUALITY"]);
    expect(toggledTopic(["GENERAL", "ROLLOUT"], "GENERAL")).toEqual(["ROLLOUT"]);
  });

  it("are asked for as facets and as kinds of events", () => {
    expect(asked([])).toEqual({ facets: null, events: null });
    expect(asked(["QUALITY"])).toEqual({ facets: ["QUALITY"], events: null });
    expect(asked(["DEPLOYMENT", "QUALITY"])).toEqual({ facets: ["QUALITY"], events: ["DEPLOYMENT"] });
  });

  it("have names for people", () => {
    expect([topicName("QUALITY"), topicName("PULL_REQUEST")]).toEqual(["Quality", "Pull requests"]);
  });
});
