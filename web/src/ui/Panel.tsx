import type { ReactNode } from "react";
import { AskError } from "../api/client";
import { Button } from "./Button";
import styles from "./Panel.module.css";

/** What a panel needs of a question in flight; the results of the data layer fit. */
export interface Answering<Data> {
  data: Data | undefined;
  error: Error | null;
  isFetching: boolean;
  refetch: () => unknown;
}

interface PanelProps<Data> {
  answering: Answering<Data>;
  /** Shown while nothing is known yet: of the size that the content will have. */
  skeleton: ReactNode;
  /** What to say if there is nothing, and what to do about it; nothing if there is something. */
  empty?: (data: Data) => ReactNode;
  children: (data: Data) => ReactNode;
}

/**
 * The four honest states of everything that is loaded: loading, empty, error, ready. What was loaded stays while it is
 * loaded anew, and if that fails it says so.
 */
export function Panel<Data>({ answering, skeleton, empty, children }: PanelProps<Data>) {
  const { data, error, isFetching, refetch } = answering;
  if (data === undefined) {
    if (error) return <Failure error={error} retry={refetch} isRetrying={isFetching} />;
    return <div aria-busy="true">{skeleton}</div>;
  }
  const nothing = empty?.(data);
  return (
    <div aria-busy={isFetching}>
      {error ? <Outdated error={error} retry={refetch} /> : null}
      {nothing ?? children(data)}
    </div>
  );
}

/** A question that failed, with what can be done about it. */
export function Failure({ error, retry, isRetrying }: { error: Error; retry: () => unknown; isRetrying: boolean }) {
  const { title, advice, reload } = explain(error);
  return (
    <Message title={title} role="alert">
      <p>{error.message}</p>
      <p>{advice}</p>
      <p>
        {reload ? (
          <Button look="primary" onPress={() => window.location.reload()}>
            Reload the page
          </Button>
        ) : (
          <Button look="primary" onPress={() => void retry()} isDisabled={isRetrying}>
            {isRetrying ? "Trying…" : "Try again"}
          </Button>
        )}
      </p>
    </Message>
  );
}

function Outdated({ error, retry }: { error: Error; retry: () => unknown }) {
  return (
    <p className={styles.outdated} role="status">
      <span>Shown is what was last known; loading it anew failed. {error.message}</span>
      <Button look="plain" onPress={() => void retry()}>
        Try again
      </Button>
    </p>
  );
}

/** A page's or panel's message: nothing here, or something went wrong. */
export function Message({
  title,
  children,
  role,
  isPage = false,
}: {
  title: string;
  children?: ReactNode;
  role?: "alert" | "status";
  /** It stands in place of a whole page. */
  isPage?: boolean;
}) {
  const Title = isPage ? "h1" : "h2";
  return (
    <section className={styles.message} role={role}>
      <Title>{title}</Title>
      {children}
    </section>
  );
}

/** Grey lines in the place of text that is being loaded. */
export function Lines({ count, height = 32 }: { count: number; height?: number }) {
  return (
    <div className={styles.lines}>
      <span className="hidden-visually">Loading</span>
      {Array.from({ length: count }, (_, place) => (
        // Lines never change places.
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={place} style={{ height }}>
          <div style={{ width: `${38 + ((place * 37) % 50)}%` }} />
        </div>
      ))}
    </div>
  );
}

function explain(error: Error): { title: string; advice: string; reload?: boolean } {
  const trouble = error instanceof AskError ? error.trouble : "failed";
  switch (trouble) {
    case "unreachable":
      return {
        title: "The server cannot be reached",
        advice: "Nothing is lost: what spot stored stays stored. Start it again with spot serve, then try again.",
      };
    case "mismatch":
      return {
        title: "This page and the server do not fit together",
        advice: "The server was updated since this page was loaded, or is an older one.",
        reload: true,
      };
    case "rebuilding":
      return {
        title: "The past is being prepared",
        advice: "The index is being rebuilt from what is stored. Today can be seen already; past days follow in a while.",
      };
    case "future":
      return { title: "That day has not come yet", advice: "spot knows the past and today. Choose an earlier day." };
    case "refused":
      return { title: "The server does not understand this question", advice: "The link may be mistyped. Change the filter or the day." };
    case "failed":
      return { title: "The answer could not be made", advice: "The server's log says more. What is stored is not changed by a question." };
  }
}
