/** Documents in words and in order. */
import type { DocumentFormat, DocumentLineFragment, WholeDocumentFragment } from "../../../api/generated";

/** A document without its text. */
export type DocumentLine = DocumentLineFragment;

/** A document with its text, or why there is none. */
export type WholeDocument = WholeDocumentFragment;

/** An entity as far as documents go: a repository, a service, an API, or another one that has none. */
export interface Holder {
  id: string;
  documents?: DocumentLine[];
  document?: WholeDocument | null;
  definition?: WholeDocument | null;
  repository?: { ref: string; documents?: { path: string }[] } | null;
}

/** `OpenAPI`, `reStructuredText`. */
export const FORMATS: Record<DocumentFormat, string> = {
  ASCIIDOC: "AsciiDoc",
  ASYNCAPI: "AsyncAPI",
  GRAPHQL: "GraphQL",
  MARKDOWN: "Markdown",
  OPENAPI: "OpenAPI",
  RESTRUCTURED_TEXT: "reStructuredText",
  TEXT: "Text",
};

/** Documents in the order in which they are read: the README first, then definitions of APIs, then prose, each by path. */
export function inOrder(documents: readonly DocumentLine[]): { title: string; documents: DocumentLine[] }[] {
  const isDefinition = ({ format }: DocumentLine): boolean => format === "OPENAPI" || format === "ASYNCAPI" || format === "GRAPHQL";
  const sorted = [...documents].sort((one, other) => depth(one.path) - depth(other.path) || one.path.localeCompare(other.path));
  return [
    { title: "Read first", documents: sorted.filter(({ readme }) => readme) },
    { title: "Definitions of APIs", documents: sorted.filter((each) => !each.readme && isDefinition(each)) },
    { title: "Documents", documents: sorted.filter((each) => !each.readme && !isDefinition(each)) },
  ].filter((group) => group.documents.length > 0);
}

/** The document that is shown if none is named. */
export function firstOf(documents: readonly DocumentLine[]): DocumentLine | undefined {
  return inOrder(documents)[0]?.documents[0];
}

function depth(path: string): number {
  return path.split("/").length;
}
