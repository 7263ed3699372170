import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { parseRef } from "../lib/entity";

/** A link to the page of an entity, at the day that is looked at. */
export function EntityLink({ to, children, className }: { to: string; children?: ReactNode; className?: string | undefined }) {
  const parsed = parseRef(to);
  if (!parsed) return <span className={className}>{children ?? to}</span>;
  return (
    <Link to="/$kind/$" params={{ kind: parsed.kind, _splat: parsed.name }} className={className}>
      {children ?? parsed.name}
    </Link>
  );
}
