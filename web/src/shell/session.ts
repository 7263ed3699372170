/** Who the reader is, for every part of the page. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { type Role, readSession, type Session, signIn, signOut } from "../api/session";

const KEY = ["session"];
const ROLES: Role[] = ["viewer", "operator", "admin"];
/** A session ends by itself; so does a token. */
const AGAIN_MS = 5 * 60_000;

/** Who the reader is, and signing in and out. */
export interface SessionState {
  /** `undefined` until the server has told. */
  session: Session | undefined;
  /** The reader may not even look before signing in. */
  isRequired: boolean;
  /** The reader is known by name. */
  isSignedIn: boolean;
  /** Whether the reader's role is enough. */
  may: (role: Role) => boolean;
  signIn: (token: string) => Promise<void>;
  signOut: () => Promise<void>;
}

/** Who the reader is: role, name, the proof that a change needs, and signing in and out. */
export function useSession(): SessionState {
  const cache = useQueryClient();
  const { data: session } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => readSession(signal),
    staleTime: AGAIN_MS,
    refetchInterval: AGAIN_MS,
    refetchOnWindowFocus: true,
  });
  // What one reader may see another may not, so nothing stays of what was asked before.
  const enter = useCallback(
    async (token: string) => {
      cache.setQueryData(KEY, await signIn(token));
      await cache.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
    },
    [cache],
  );
  const leave = useCallback(async () => {
    await signOut();
    await cache.resetQueries();
  }, [cache]);
  const role = session?.role ?? null;
  return {
    session,
    isRequired: session !== undefined && role === null && session.name === null,
    isSignedIn: session !== undefined && session.name !== null,
    may: (needed) => role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed),
    signIn: enter,
    signOut: leave,
  };
}
