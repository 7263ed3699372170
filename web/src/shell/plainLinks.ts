/** Links for long lists. */
import { useNavigate, useRouter } from "@tanstack/react-router";
import { type MouseEvent, useCallback, useMemo } from "react";
import { parseRef } from "../lib/entity";
import { useMoment } from "./moment";

/** The address of an entity's page; none of what is no ref. */
export type HrefOf = (ref: string) => string | undefined;

/**
 * Addresses of entities' pages for `<a href data-ref>`, and what follows such links when the list around them is clicked.
 * A link of the router watches the address by itself; some dozens that come and go while one scrolls would take most of
 * a frame.
 */
export function usePlainLinks(): { hrefOf: HrefOf; onClick: (event: MouseEvent) => void } {
  const router = useRouter();
  const navigate = useNavigate();
  const { at } = useMoment();
  const hrefOf = useMemo<HrefOf>(() => {
    const known = new Map<string, string | undefined>();
    return (ref) => {
      if (!known.has(ref)) {
        const parsed = parseRef(ref);
        const params = parsed ? { kind: parsed.kind, _splat: parsed.name } : undefined;
        known.set(ref, params ? router.buildLocation({ to: "/$kind/$", params, search: { at } }).href : undefined);
      }
      return known.get(ref);
    };
  }, [router, at]);
  const onClick = useCallback(
    (event: MouseEvent): void => {
      // What opens a new tab or a menu is the browser's.
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const ref = event.target instanceof Element ? event.target.closest<HTMLElement>("a[data-ref]")?.dataset.ref : undefined;
      const parsed = ref ? parseRef(ref) : undefined;
      if (!parsed) return;
      event.preventDefault();
      void navigate({ to: "/$kind/$", params: { kind: parsed.kind, _splat: parsed.name }, search: { at } });
    },
    [navigate, at],
  );
  return { hrefOf, onClick };
}
