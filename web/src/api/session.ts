/** Who the reader is to the server: signing in with a token, and out again. */
import { AskError, post } from "./client";

/** What a reader may do; each may do what those before it may. */
export type Role = "viewer" | "operator" | "admin";

/** Who the reader is. */
export interface Session {
  /** The token's name, or what the proxy says; nothing for somebody unknown. */
  name: string | null;
  /** Nothing for somebody who may not even look. */
  role: Role | null;
  means: "anonymous" | "session" | "token" | "proxy" | "socket";
  /** What a change has to bring along in `X-CSRF-Token`. */
  csrf: string | null;
  /** Whether there is any token to sign in with. */
  canSignIn: boolean;
}

const PATH = "/session";

/** Who the reader is now. */
export async function readSession(signal?: AbortSignal): Promise<Session> {
  const response = await send(() => fetch(PATH, { headers: { accept: "application/json" }, ...(signal ? { signal } : {}) }), signal);
  return sessionOf(response);
}

/**
 * Exchanges a token for a session, which the browser keeps in a cookie that no script can read.
 *
 * @throws {AskError} with the code `UNAUTHENTICATED` for a token that is not valid, `TOO_MANY_ATTEMPTS` for too many.
 */
export async function signIn(token: string): Promise<Session> {
  return sessionOf(await post(PATH, { token }));
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  const response = await send(() => fetch(PATH, { method: "DELETE" }));
  if (!response.ok) await sessionOf(response);
}

async function send(request: () => Promise<Response>, signal?: AbortSignal): Promise<Response> {
  try {
    return await request();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new AskError("unreachable", "The spot server does not answer. It may have been stopped, or it is starting.");
  }
}

async function sessionOf(response: Response): Promise<Session> {
  let answer: Session & { errors?: { message: string; extensions?: { code?: string } }[] };
  try {
    answer = await response.json();
  } catch {
    throw new AskError("unreachable", `What answers is not spot: it sent status ${response.status} and no JSON.`);
  }
  const error = answer.errors?.[0];
  if (error) throw new AskError(response.status >= 500 ? "failed" : "refused", error.message, error.extensions?.code);
  return answer;
}
