/** Markdown as it is read. What it may contain is decided by the sanitiser; no image is ever loaded. */
import { Link } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeRaw from "rehype-raw";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import rehypeSlug from "rehype-slug";
import remarkGfm from "remark-gfm";
import { parseRef } from "../../../lib/entity";
import { safeUrl } from "../../../lib/value";
import { targetOf } from "./links";
import styles from "./Markdown.module.css";

// Ids of a document must not meet those of the page, such as #content.
const PREFIX = "doc-";
const SCHEMA = { ...defaultSchema, clobberPrefix: PREFIX };

interface MarkdownProps {
  text: string;
  /** Where the document is, for relative links. */
  path: string;
  /** All documents that can be opened. */
  paths: ReadonlySet<string>;
  /** Which entity has a document, if it is another one than that of the page. */
  refs: ReadonlyMap<string, string | undefined>;
  /** Called when the document is on the page. */
  onShown?: () => void;
}

const LinksContext = createContext<Omit<MarkdownProps, "text" | "onShown">>({ path: "", paths: new Set(), refs: new Map() });
const InLinkContext = createContext(false);

/** A document in Markdown. HTML in it is read, then everything that is not harmless is taken out. */
export default function Markdown({ text, path, paths, refs, onShown }: MarkdownProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each document
  useEffect(() => onShown?.(), [text]);
  return (
    <LinksContext value={{ path, paths, refs }}>
      <div className={styles.prose}>
        <ReactMarkdown
          remarkPlugins={[remarkGfm]}
          // The sanitiser gives the prefix; a second one would part footnotes from their marks.
          remarkRehypeOptions={{ clobberPrefix: "" }}
          rehypePlugins={[rehypeRaw, [rehypeSanitize, SCHEMA], [rehypeSlug, { prefix: PREFIX }]]}
          components={COMPONENTS}
        >
          {text}
        </ReactMarkdown>
      </div>
    </LinksContext>
  );
}

const COMPONENTS: Components = {
  a: ({ href, children, node: _, ...rest }) => (
    <DocumentLink href={href} id={rest.id} label={rest["aria-label"]}>
      {children}
    </DocumentLink>
  ),
  img: ({ src, alt }) => <ImageLabel src={typeof src === "string" ? src : undefined} alt={alt} />,
  // A list of things to do is read here, not ticked.
  input: ({ checked }) => (
    <span role="img" aria-label={checked ? "done" : "open"} className={styles.task}>
      {checked ? "☑" : "☐"}
    </span>
  ),
  // Headings of a document stand below that of the page.
  h1: ({ children, id }) => <h2 id={id}>{children}</h2>,
  h2: ({ children, id }) => <h3 id={id}>{children}</h3>,
  h3: ({ children, id }) => <h4 id={id}>{children}</h4>,
  h4: ({ children, id }) => <h5 id={id}>{children}</h5>,
  h5: ({ children, id }) => <h6 id={id}>{children}</h6>,
  pre: ({ children }) => (
    // A region that scrolls has to be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <pre tabIndex={0} role="region" aria-label="Code">
      {children}
    </pre>
  ),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Table">
      <table>{children}</table>
    </div>
  ),
};

function DocumentLink({
  href,
  id,
  label,
  children,
}: {
  href: string | undefined;
  id: string | undefined;
  label: string | undefined;
  children: ReactNode;
}) {
  const { path, paths, refs } = useContext(LinksContext);
  const named = { ...(id ? { id } : {}), ...(label ? { "aria-label": label } : {}) };
  const inside = <InLinkContext value={true}>{children}</InLinkContext>;
  const target = targetOf(href ?? "", path, paths);
  switch (target.kind) {
    case "web":
      return (
        <a href={target.url} target="_blank" rel="noreferrer noopener" {...named}>
          {inside}
        </a>
      );
    case "anchor":
      return (
        <Link to="." search={true} hash={PREFIX + target.anchor.toLowerCase()} {...named}>
          {inside}
        </Link>
      );
    case "document": {
      const search: Record<string, string> = { tab: "docs", doc: target.path };
      const hash = target.anchor ? PREFIX + target.anchor.toLowerCase() : "";
      const other = parseRef(refs.get(target.path) ?? "");
      return other ? (
        <Link to="/$kind/$" params={{ kind: other.kind, _splat: other.name }} search={search} hash={hash} {...named}>
          {inside}
        </Link>
      ) : (
        <Link
          to="."
          search={(before: Record<string, unknown>) => ({ ...before, ...search, q: undefined })}
          hash={hash}
          resetScroll={false}
          {...named}
        >
          {inside}
        </Link>
      );
    }
    case "none":
      return (
        <span className={styles.noLink} title={target.text === "" ? undefined : `Cannot be opened here: ${target.text}`}>
          {children}
        </span>
      );
  }
}

/** An image is never loaded: its address would learn who reads what. Its description is shown, and a way to it. */
function ImageLabel({ src, alt }: { src: string | undefined; alt: string | undefined }) {
  const isInLink = useContext(InLinkContext);
  const url = safeUrl(src);
  const label = `Image: ${alt || src?.split("/").at(-1) || "without a description"}`;
  if (!url || isInLink) return <span className={styles.image}>{label}</span>;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener" className={styles.image}>
      {label}
    </a>
  );
}
