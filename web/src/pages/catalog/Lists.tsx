import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { CatalogCounts, type CatalogCountsQuery } from "../../api/generated";
import { count } from "../../lib/text";
import { useAsk } from "../../shell/data";
import styles from "./Catalog.module.css";
import { LISTS, type ListName } from "./lists";

/** How many entities of each kind there are on the day. */
export function useCounts(at: string | undefined) {
  return useAsk(CatalogCounts, { at: at ?? null });
}

/** The lists of the catalog, each with how many it holds on the day. */
export function Lists({ counts, current }: { counts: CatalogCountsQuery | undefined; current: ListName }) {
  const here = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    here.current?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, []);
  return (
    <nav aria-label="Lists of the catalog" className={styles.lists}>
      {LISTS.map(({ name, title }) => {
        const rows = counts?.[name].totalCount;
        return (
          <Link
            key={name}
            to={`/${name}`}
            className={styles.list}
            aria-current={name === current ? "page" : undefined}
            ref={name === current ? here : undefined}
          >
            {title}
            <span className={`${styles.listCount} ${rows === 0 ? styles.zero : ""}`}>
              {rows === undefined ? "\u00a0\u00a0" : count(rows)}
            </span>
          </Link>
        );
      })}
    </nav>
  );
}
