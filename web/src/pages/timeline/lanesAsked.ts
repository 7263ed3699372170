/** The question for lanes, by hand until the published schema has them. */
import type { Question } from "../../api/client";
import type { Facet, Kind } from "../../api/generated";
import type { Step } from "./range";

export type LaneBy = "ENTITY" | "FACET";

export interface TimelineLanesQuery {
  timeline: {
    totalCount: number;
    hint: string | null;
    lanes: {
      total: number;
      facet: Facet | null;
      entity: { ref: string; kind: Kind | null; name: string } | null;
      points: { day: string; count: number; backfilled: number }[];
    }[];
  };
}

export interface TimelineLanesQueryVariables {
  of: string[] | null;
  team: string | null;
  facets: Facet[] | null;
  from: string;
  to: string;
  by: LaneBy;
  every: Step;
}

export const TimelineLanes =
  "query TimelineLanes($of:[ID!]$team:ID$facets:[Facet!]$from:Moment!$to:Moment!$by:LaneBy!$every:Interval!){timeline(of:$of ownedBy:$team facets:$facets from:$from to:$to first:1){totalCount hint lanes(by:$by every:$every){total facet entity{ref kind name}points{day count backfilled}}}}" as Question<
    TimelineLanesQuery,
    TimelineLanesQueryVariables
  >;
