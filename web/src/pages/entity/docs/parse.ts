/** Definitions of APIs read from YAML or JSON: plain data only, and what is wrong with it, with its line. */
import { LineCounter, parseDocument } from "yaml";

/** A value, or why there is none. */
export type Parsed = { value: unknown; problem: undefined } | { value: undefined; problem: Problem };

/** What is wrong with a document, and where. */
export interface Problem {
  message: string;
  line: number | undefined;
}

// A few names used in a few places are usual; "a billion laughs" needs many more.
const MAX_ALIASES = 200;

/** Reads YAML, of which JSON is a part. Tags of other schemas make nothing but the plain value below them. */
export function parseYaml(text: string): Parsed {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      schema: "core",
      customTags: null,
      merge: true,
      lineCounter: lines,
      prettyErrors: false,
      logLevel: "silent",
    });
    const [error] = document.errors;
    if (error) return { value: undefined, problem: { message: firstLine(error.message), line: lines.linePos(error.pos[0]).line } };
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { value, problem: undefined };
  } catch (error) {
    return {
      value: undefined,
      problem: { message: error instanceof Error ? firstLine(error.message) : "cannot be read", line: undefined },
    };
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
