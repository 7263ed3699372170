import { useEffect, useRef, useState } from "react";
import { longDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { Button } from "../../ui/Button";
import { PopoverButton } from "../../ui/Popover";
import styles from "./Catalog.module.css";
import type { CatalogColumn } from "./columns";
import { allRows, download, fileName, rowsAsCsv, rowsAsJson } from "./export";
import type { List, Wanted } from "./lists";

type State =
  | { is: "idle" }
  | { is: "running"; done: number; total: number }
  | { is: "failed"; message: string }
  | { is: "done"; rows: number };

/** The whole filtered list as a file, as it stands on the day. */
export function ExportButton({
  list,
  wanted,
  columns,
  filter,
  day,
  isPast,
  total,
}: {
  list: List;
  wanted: Wanted;
  columns: CatalogColumn[];
  filter: string;
  day: string;
  isPast: boolean;
  total: number;
}) {
  const [state, setState] = useState<State>({ is: "idle" });
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const start = async (ending: "csv" | "json"): Promise<void> => {
    const controller = new AbortController();
    running.current = controller;
    setState({ is: "running", done: 0, total });
    try {
      const rows = await allRows(list.load, wanted, list.page, controller.signal, (done, all) =>
        setState({ is: "running", done, total: all }),
      );
      const text = ending === "csv" ? rowsAsCsv(rows, columns) : rowsAsJson(rows, { list: list.name, filter, at: wanted.at ?? day });
      download(fileName(list.name, day, ending), ending === "csv" ? "text/csv;charset=utf-8" : "application/json", text);
      setState({ is: "done", rows: rows.length });
    } catch (error) {
      if (controller.signal.aborted) setState({ is: "idle" });
      else setState({ is: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  };
  const isRunning = state.is === "running";
  return (
    <PopoverButton
      label="Export"
      trigger={
        <Button look="plain" className={styles.tool ?? ""} isDisabled={total === 0}>
          {isRunning ? `Export ${Math.floor((100 * state.done) / Math.max(1, state.total))} %` : "Export"}
        </Button>
      }
    >
      <div className={styles.export}>
        <p>
          {counted(total, list.one, list.many)}, {isPast ? `as of ${longDay(day)}` : "as of now"}.
        </p>
        {isRunning ? (
          <>
            <progress max={state.total} value={state.done} aria-label="Rows loaded" />
            <p className="quiet">
              {count(state.done)} of {count(state.total)}
            </p>
            <Button onPress={() => running.current?.abort()}>Stop</Button>
          </>
        ) : (
          <div className={styles.choices}>
            <Button look="primary" onPress={() => void start("csv")}>
              CSV, the columns shown
            </Button>
            <Button onPress={() => void start("json")}>JSON, everything</Button>
          </div>
        )}
        <p role="status" className={state.is === "failed" ? styles.failed : "quiet"}>
          {state.is === "failed" ? `It stopped: ${state.message} Nothing was written.` : ""}
          {state.is === "done" ? `${counted(state.rows, "row")} written.` : ""}
        </p>
      </div>
    </PopoverButton>
  );
}
