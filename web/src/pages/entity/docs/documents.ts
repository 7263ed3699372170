/** Questions about documents. The schema of the server may be older than this page: then they are refused, and it says so. */
import type { Question } from "../../../api/client";

/** What a document is written in. */
export type DocumentFormat = "ASCIIDOC" | "ASYNCAPI" | "GRAPHQL" | "MARKDOWN" | "OPENAPI" | "RESTRUCTURED_TEXT" | "TEXT";

/** A document without its text. */
export interface DocumentLine {
  path: string;
  title: string | null;
  format: DocumentFormat;
  check: string | null;
  since: string;
  readme: boolean;
}

/** A document with its text, or why there is none. */
export interface WholeDocument extends DocumentLine {
  content: { text: string | null; bytes: number | null; reason: string | null };
}

interface DocumentsAnswer {
  entity: {
    entity: {
      id: string;
      documents?: DocumentLine[];
      definition?: WholeDocument | null;
      repository?: { ref: string; documents?: { path: string }[] } | null;
    } | null;
  };
}

interface DocumentAnswer {
  entity: { entity: { id: string; document?: WholeDocument | null } | null };
}

const LINE = "path title format check since readme";
const WHOLE = `${LINE} content{text bytes reason}`;
const AROUND = "repository{ref ...on Repository{documents{path}}}";

/** The documents of a repository or service, or the definition of an API. */
export const EntityDocuments =
  `query EntityDocuments($ref:String!$at:Moment){entity(ref:$ref at:$at){entity{id ...on Repository{documents{${LINE}}}...on Service{documents{${LINE}}${AROUND}}...on Api{definition{${WHOLE}}${AROUND}}}}}` as Question<
    DocumentsAnswer,
    { ref: string; at: string | null }
  >;

/** One document with its text. */
export const EntityDocument =
  `query EntityDocument($ref:String!$at:Moment$path:String!){entity(ref:$ref at:$at){entity{id ...on Repository{document(path:$path){${WHOLE}}}...on Service{document(path:$path){${WHOLE}}}}}}` as Question<
    DocumentAnswer,
    { ref: string; at: string | null; path: string }
  >;

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
