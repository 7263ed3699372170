import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { BoardRecordFragment } from "../../api/generated";
import { useMoment } from "../../shell/moment";
import { around } from "./record";

/** Leads to the days around something in the timeline of what it happened to. */
export function TimelineLink({ record, children }: { record: Pick<BoardRecordFragment, "at" | "ended" | "entity">; children: ReactNode }) {
  const { day, zone } = useMoment();
  return (
    <Link
      to="/timeline"
      search={(old: Record<string, string | undefined>) => ({ at: old.at, of: record.entity?.ref, ...around(record, day, zone) })}
    >
      {children}
    </Link>
  );
}
