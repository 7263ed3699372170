import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { post } from "../../api/client";
import { eventsOf } from "../../api/events";
import { CollectorsFollow, CollectorsStatus } from "../../api/generated";
import { backoff, type Live, toldBy, withProgress } from "./progress";

/** Whether progress comes in by itself: it does, it is about to, or not before so many milliseconds. */
export type Line = { is: "open" } | { is: "opening" } | { is: "broken"; retryIn: number };

const SETTLED_MS = 1_500;
const NOTHING: Live = new Map();

/** Follows the running collectors, for as long as the page is open. After the server was gone it connects again. */
export function useProgress(): { live: Live; line: Line } {
  const [live, setLive] = useState<Live>(NOTHING);
  const [line, setLine] = useState<Line>({ is: "opening" });
  const cache = useQueryClient();
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const askAgain = (): void => void cache.invalidateQueries({ queryKey: [CollectorsStatus] });
    const listen = async (opened: () => void): Promise<void> => {
      const response = await post("/graphql/stream", { query: CollectorsFollow }, signal);
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      opened();
      for await (const event of eventsOf(response.body)) {
        const told = toldBy(event);
        if (told.what === "end") return;
        if (told.what === "refused") throw new Error(told.message);
        if (told.what !== "progress") continue;
        setLive((before) => withProgress(before, told.progress));
        if (told.progress.started === null) askAgain();
      }
    };
    const follow = async (): Promise<void> => {
      let failures = 0;
      let settled: ReturnType<typeof setTimeout> | undefined;
      while (!signal.aborted) {
        try {
          // The server answers with its first event, which may be long in coming; a refusal comes at once.
          settled = setTimeout(() => setLine({ is: "open" }), SETTLED_MS);
          await listen(() => {
            if (failures > 0) askAgain();
            failures = 0;
            setLine({ is: "open" });
          });
        } catch {
          // What matters is that it is over; the page's own question says why.
        } finally {
          clearTimeout(settled);
        }
        if (signal.aborted) return;
        failures += 1;
        const wait = backoff(failures);
        // What was told last may be long over.
        setLive(NOTHING);
        setLine({ is: "broken", retryIn: wait });
        await pause(wait, signal);
        setLine({ is: "opening" });
      }
    };
    void follow();
    return () => leaving.abort();
  }, [cache]);
  return { live, line };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
