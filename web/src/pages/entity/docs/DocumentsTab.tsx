import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { type DocumentFormat, EntityDocument, EntityDocuments } from "../../../api/generated";
import { dayOf, relativeDay, shortDay } from "../../../lib/moment";
import { bytes } from "../../../lib/text";
import { useAsk } from "../../../shell/data";
import { useMoment } from "../../../shell/moment";
import { Button } from "../../../ui/Button";
import { Lines, Message, Panel } from "../../../ui/Panel";
import { useEntitySearch, useSubject } from "../context";
import { Check } from "../FactPanel";
import styles from "./Documents.module.css";
import { type DocumentLine, FORMATS, firstOf, type Holder, inOrder, type WholeDocument } from "./documents";

// Each brings a parser of its own; a reader of a README needs none of the others.
const Markdown = lazy(() => import("./Markdown"));
const ApiView = lazy(() => import("./ApiView"));
const GraphqlView = lazy(() => import("./GraphqlView"));

/** The documents of a repository or service at the day that is looked at, or the definition of an API. */
export function DocumentsTab() {
  const { entity, asked, at } = useSubject();
  const answering = useAsk(EntityDocuments, { ref: asked, at: at ?? null });
  const isApi = entity.kind === "API";
  return (
    <Panel
      answering={answering}
      skeleton={<Lines count={12} />}
      empty={(data) => {
        const found: Holder | null = data.entity.entity;
        return isApi ? (
          found?.definition ? undefined : (
            <Message title="No definition is known">
              <p>Its descriptor names none on this day. Say where it is under spec.definition in catalog-info.yaml.</p>
            </Message>
          )
        ) : (found?.documents ?? []).length > 0 ? undefined : (
          <Message title="No documents are known">
            <p>
              On this day there is no README, no Markdown and no definition of an API where spot looks: in{" "}
              {entity.kind === "SERVICE" ? "the service's folder" : "the repository"}. Add a README.md, and it is here after the next run.
            </p>
          </Message>
        );
      }}
    >
      {(data) => {
        const found: Holder | null = data.entity.entity;
        const around = found?.repository;
        const known = new Map<string, string | undefined>((around?.documents ?? []).map(({ path }) => [path, around?.ref]));
        for (const { path } of found?.documents ?? []) known.set(path, undefined);
        if (isApi && found?.definition) return <Reader document={found.definition} known={known} />;
        return <Library documents={found?.documents ?? []} known={known} />;
      }}
    </Panel>
  );
}

/** Documents by path; those of the repository around a service with the repository's ref. */
export type KnownDocuments = ReadonlyMap<string, string | undefined>;

function Library({ documents, known }: { documents: DocumentLine[]; known: KnownDocuments }) {
  const { asked, at } = useSubject();
  const { doc } = useEntitySearch();
  const chosen = doc === undefined ? firstOf(documents) : documents.find(({ path }) => path === doc);
  const answering = useAsk(EntityDocument, { ref: asked, at: at ?? null, path: chosen?.path ?? "" }, { enabled: chosen !== undefined });
  const document = documentOf(answering.data?.entity.entity);
  return (
    <div className={styles.library}>
      <nav aria-label="Documents" className={styles.contents}>
        {inOrder(documents).map(({ title, documents: some }) => (
          <section key={title}>
            <h2>{title}</h2>
            <ul>
              {some.map(({ path, title: heading }) => (
                <li key={path}>
                  <Link
                    to="."
                    search={(search: Record<string, unknown>) => ({ ...search, tab: "docs", doc: path, q: undefined })}
                    resetScroll={false}
                    activeProps={{}}
                    className={styles.entry}
                    title={path}
                    {...(path === chosen?.path ? { "aria-current": "page" as const, "data-current": true } : { "aria-current": undefined })}
                  >
                    {heading ?? path}
                    {heading === null || heading === path ? null : <span className={styles.path}>{path}</span>}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      {chosen === undefined ? (
        <Message title="There is no such document on this day" role="status">
          <p>
            <code>{doc?.slice(0, 200)}</code> is not among the documents. It may have been moved or deleted, or it came later.
          </p>
          <p>
            <Link to="." search={(search: Record<string, unknown>) => ({ ...search, doc: undefined })}>
              Read the first one
            </Link>
          </p>
        </Message>
      ) : (
        <Panel
          // The text of one document must not stand under the title of another.
          answering={{ ...answering, data: document && document.path !== chosen.path ? undefined : answering.data }}
          skeleton={<Lines count={10} />}
          empty={(data) => (documentOf(data.entity.entity) ? undefined : <Message title="There is no such document on this day" />)}
        >
          {(data) => {
            const whole = documentOf(data.entity.entity);
            return whole ? <Reader key={whole.path} document={whole} known={known} /> : null;
          }}
        </Panel>
      )}
    </div>
  );
}

function documentOf(holder: Holder | null | undefined): WholeDocument | undefined {
  return holder?.document ?? undefined;
}

function Reader({ document, known }: { document: WholeDocument; known: KnownDocuments }) {
  const { zone, today } = useMoment();
  const [isRaw, setRaw] = useState(false);
  const { path, format, check, since, content } = document;
  const day = dayOf(since, zone);
  const hasView = format === "MARKDOWN" || format === "OPENAPI" || format === "ASYNCAPI" || format === "GRAPHQL";
  return (
    <article className={styles.reader} aria-label={document.title ?? path}>
      <div className={styles.about}>
        <code className={styles.file}>{path}</code>
        <span>{FORMATS[format]}</span>
        <span title={shortDay(day)}>
          like this since {shortDay(day)}, {relativeDay(day, today)}
        </span>
        {content.bytes === null ? null : <span>{bytes(content.bytes)}</span>}
        <Check check={check} />
        {hasView && content.text !== null ? (
          <Button className={styles.raw ?? ""} onPress={() => setRaw(!isRaw)} aria-pressed={isRaw}>
            {isRaw ? "Show rendered" : "Show as text"}
          </Button>
        ) : null}
      </div>
      {content.text === null ? (
        <Message title="Its text cannot be shown" role="status">
          <p>The server says: {content.reason ?? "no reason is given"}.</p>
          {content.bytes === null ? null : <p>It has {bytes(content.bytes)}; up to 2 MB are shown here. Read it at the source.</p>}
        </Message>
      ) : isRaw || !hasView ? (
        <RawText text={content.text} />
      ) : (
        <Suspense fallback={<Lines count={10} />}>
          <Rendered text={content.text} path={path} format={format} known={known} />
        </Suspense>
      )}
    </article>
  );
}

function Rendered({ text, path, format, known }: { text: string; path: string; format: DocumentFormat; known: KnownDocuments }) {
  switch (format) {
    case "MARKDOWN":
      return <MarkdownAtAnchor text={text} path={path} known={known} />;
    case "GRAPHQL":
      return <GraphqlView text={text} />;
    default:
      return <ApiView text={text} />;
  }
}

function MarkdownAtAnchor({ text, path, known }: { text: string; path: string; known: KnownDocuments }) {
  const [isThere, setThere] = useState(false);
  const paths = useMemo(() => new Set(known.keys()), [known]);
  useEffect(() => {
    if (!isThere) return;
    const id = decodeURIComponent(window.location.hash.slice(1));
    if (id !== "") document.getElementById(id)?.scrollIntoView();
  }, [isThere]);
  return <Markdown text={text} path={path} paths={paths} refs={known} onShown={() => setThere(true)} />;
}

/** The text as it stands in the file, with numbers of lines. */
export function RawText({ text, line }: { text: string; line?: number | undefined }) {
  const lines = useMemo(() => text.replace(/\n$/, "").split("\n"), [text]);
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(0, Math.max(LINES, (line ?? 0) + 50));
  return (
    <>
      {/* A region that scrolls has to be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <pre className={styles.text} tabIndex={0} role="region" aria-label="Text of the file">
        {shown.map((content, place) => (
          // Lines never change places.
          // biome-ignore lint/suspicious/noArrayIndexKey: the number is what a line is known by
          <span key={place} className={place + 1 === line ? styles.wrongLine : undefined} data-line={place + 1}>
            {content}
            {"\n"}
          </span>
        ))}
      </pre>
      {shown.length < lines.length ? (
        <Button onPress={() => setAll(true)}>Show all {lines.length.toLocaleString("en")} lines</Button>
      ) : null}
    </>
  );
}

const LINES = 2_000;
