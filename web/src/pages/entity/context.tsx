/** What every part of the page needs to know: which entity it is about, and when. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { createContext, useContext } from "react";
import type { EntityAnswer } from "./answer";

/** The entity that the page is about. */
export interface Subject {
  entity: EntityAnswer;
  /** The ref in the address; the entity may be called otherwise by now. */
  asked: string;
  /** As the API takes it: nothing for now. */
  at: string | undefined;
}

const SubjectContext = createContext<Subject | undefined>(undefined);

/** Tells the parts below which entity they are about. */
export const SubjectProvider = SubjectContext.Provider;

/** The entity that the page is about. */
export function useSubject(): Subject {
  const subject = useContext(SubjectContext);
  if (!subject) throw new Error("there is no entity around this part");
  return subject;
}

/** What the address says about the page. */
export interface EntitySearch {
  /** Which part is shown. */
  tab?: string | undefined;
  /** Of packages a text, of the history a field. */
  q?: string | undefined;
  /** The document that is read. */
  doc?: string | undefined;
  /** Facets of the timeline. */
  facets?: string | undefined;
  /** Of dependents. */
  version?: string | undefined;
  /** `yes` or `no`, of packages. */
  direct?: string | undefined;
  /** `off` if what the teams below own does not count. */
  tree?: string | undefined;
  /** Of what is owned. */
  kind?: string | undefined;
  /** Of packages: `outdated`, `vulnerable`, `deprecated` or `endoflife`. */
  only?: string | undefined;
  /** Of packages: the column, with a minus in front if the most stands first. */
  sort?: string | undefined;
  /** Of dependents: the ref of their owner. */
  team?: string | undefined;
  /** Of trends: `year`, else the last quarter. */
  over?: string | undefined;
  /** Of the impact: `needs` for what it needs itself, how many steps away, `table` instead of a graph. */
  way?: string | undefined;
  depth?: string | undefined;
  view?: string | undefined;
  /** `off` if the timeline of a team is of the team alone. */
  owned?: string | undefined;
}

/** What the address says about the page. */
export function useEntitySearch(): EntitySearch {
  return useSearch({ strict: false }) as EntitySearch;
}

/** Changes what the address says about the page; everything else in it stays. */
export function useNavigateSearch(): (changes: EntitySearch) => void {
  const navigate = useNavigate();
  return (changes) => {
    void navigate({
      to: ".",
      search: (search: Record<string, unknown>) => ({ ...search, ...changes }),
      replace: true,
      resetScroll: false,
    });
  };
}
