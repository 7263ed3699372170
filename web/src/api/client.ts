/** A GraphQL question as text, with the types of its answer and its variables. */
export type Question<Data, Variables> = string & {
  readonly __data?: Data;
  readonly __variables?: Variables;
};

/** Why there is no answer, as far as a reader needs to know it. */
export type Trouble =
  /** Nobody answers at the server's address. */
  | "unreachable"
  /** The server's schema is not the one that this page was built with. */
  | "mismatch"
  /** The index is being built: today is there, the past in a while. */
  | "rebuilding"
  /** The moment lies in the future. */
  | "future"
  /** The question makes no sense to the server. */
  | "refused"
  /** The server tried and failed. */
  | "failed";

/** A question that was not answered. */
export class AskError extends Error {
  readonly trouble: Trouble;
  /** The server's own code, such as `UNKNOWN_ENTITY`. */
  readonly code: string | undefined;

  constructor(trouble: Trouble, message: string, code?: string) {
    super(message);
    this.name = "AskError";
    this.trouble = trouble;
    this.code = code;
  }
}

interface Answer {
  data?: unknown;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/**
 * Asks one question.
 *
 * @throws {AskError} if there is no whole answer.
 */
export function ask<Data, Variables>(question: Question<Data, Variables>, variables: Variables, signal?: AbortSignal): Promise<Data> {
  return answerTo(question, variables, signal);
}

/**
 * Changes something. `csrf` is what the session told, which shows that a page of ours asks.
 *
 * @throws {AskError} if it was not done, or nobody knows.
 */
export function order<Data, Variables>(
  mutation: Question<Data, Variables>,
  variables: Variables,
  csrf: string | null | undefined,
  signal?: AbortSignal,
): Promise<Data> {
  return answerTo(mutation, variables, signal, csrf ? { "x-csrf-token": csrf } : {});
}

async function answerTo<Data, Variables>(
  question: Question<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Data> {
  const response = await post("/graphql", { query: question, variables }, signal, headers);
  let answer: Answer;
  try {
    answer = (await response.json()) as Answer;
  } catch {
    throw new AskError("unreachable", `What answers is not spot: it sent status ${response.status} and no JSON.`);
  }
  const error = answer.errors?.[0];
  if (error) {
    const code = error.extensions?.code;
    throw new AskError(troubleOf(code, response.status), error.message, code);
  }
  return answer.data as Data;
}

/** Sends a JSON body, the only kind that the server takes. */
export async function post(path: string, body: unknown, signal?: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
  try {
    return await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new AskError("unreachable", "The spot server does not answer. It may have been stopped, or it is starting.");
  }
}

function troubleOf(code: string | undefined, status: number): Trouble {
  switch (code) {
    case "VALIDATION_FAILED":
    case "PARSE_FAILED":
      return "mismatch";
    case "REBUILDING":
      return "rebuilding";
    case "MOMENT_IN_FUTURE":
      return "future";
    case "STORE_UNAVAILABLE":
    case "TIMED_OUT":
    case "TIMEOUT":
    case "INTERNAL":
      return "failed";
    default:
      return status >= 500 ? "failed" : "refused";
  }
}
