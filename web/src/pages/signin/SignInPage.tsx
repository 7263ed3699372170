/** Signing in with a token, and what the reader may do once signed in. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { AskError } from "../../api/client";
import type { Role } from "../../api/session";
import { localPath } from "../../lib/place";
import { useSession } from "../../shell/session";
import { Button } from "../../ui/Button";
import { Lines } from "../../ui/Panel";
import styles from "./SignIn.module.css";

const MAY: Record<Role, string> = {
  viewer: "look at everything",
  operator: "look at everything, act on workloads and start collectors",
  admin: "do everything: act on workloads, start collectors, and say what belongs to what",
};

export default function SignInPage() {
  const { session, isSignedIn } = useSession();
  useEffect(() => {
    document.title = "Sign in · spot";
  }, []);
  return (
    <div className={styles.page}>
      <div className={styles.card}>{session === undefined ? <Lines count={4} /> : isSignedIn ? <SignedIn /> : <Form />}</div>
    </div>
  );
}

function Form() {
  const { session, signIn, isRequired } = useSession();
  const { to } = useSearch({ strict: false });
  const navigate = useNavigate();
  const [token, setToken] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const [id, hint, problem] = [useId(), useId(), useId()];
  useEffect(() => field.current?.focus(), []);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (token.trim() === "") {
      setTrouble("Paste a token; it begins with spot_.");
      field.current?.focus();
      return;
    }
    setBusy(true);
    setTrouble(undefined);
    try {
      await signIn(token.trim());
      await navigate({ href: localPath(to) ?? "/", replace: true });
    } catch (error) {
      setTrouble(explain(error));
      setBusy(false);
      field.current?.select();
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <h1>Sign in</h1>
      <p className={styles.quiet}>
        {isRequired ? "This spot shows nothing to somebody it does not know." : "Looking needs no name here; changing anything does."}
      </p>
      <label htmlFor={id}>Token</label>
      <input
        ref={field}
        id={id}
        className={styles.field}
        type="password"
        autoComplete="current-password"
        autoCapitalize="none"
        spellCheck={false}
        placeholder="spot_…"
        value={token}
        onChange={(event) => setToken(event.target.value)}
        aria-describedby={trouble === undefined ? hint : `${problem} ${hint}`}
        aria-invalid={trouble !== undefined}
      />
      {trouble === undefined ? null : (
        <p id={problem} className={styles.trouble} role="alert">
          {trouble}
        </p>
      )}
      <Button look="primary" type="submit" isDisabled={isBusy} className={styles.submit ?? ""}>
        {isBusy ? "Signing in…" : "Sign in"}
      </Button>
      <p id={hint} className={styles.hint}>
        {session?.canSignIn ? "You get a token from whoever runs this spot:" : "There is no token yet. Whoever runs this spot makes one:"}
        <code>spot token create NAME --role operator</code>
      </p>
    </form>
  );
}

function SignedIn() {
  const { session, signOut } = useSession();
  const [trouble, setTrouble] = useState<string>();
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    try {
      await signOut();
      await navigate({ to: "/signin" });
    } catch (error) {
      setTrouble(explain(error));
    }
  };
  return (
    <>
      <h1>{session?.name}</h1>
      <p>
        {session?.role ? (
          <>
            You are <strong>{session.role}</strong>: you may {MAY[session.role]}.
          </>
        ) : (
          "You have no role here, so there is nothing to see. Whoever runs this spot can give one to you or to a group of yours."
        )}
      </p>
      {session?.means === "session" ? (
        <Button onPress={() => void leave()}>Sign out</Button>
      ) : (
        <p className={styles.quiet}>The proxy in front of spot says who you are; sign out there.</p>
      )}
      {trouble === undefined ? null : (
        <p className={styles.trouble} role="alert">
          {trouble}
        </p>
      )}
    </>
  );
}

function explain(error: unknown): string {
  if (!(error instanceof AskError)) return "Signing in failed; try again.";
  switch (error.code) {
    case "UNAUTHENTICATED":
      return "This token is not known here. It may have expired or been revoked, or a part of it is missing.";
    case "TOO_MANY_ATTEMPTS":
      return `Too many tokens were wrong. ${sentence(error.message)}`;
    default:
      return error.message;
  }
}

function sentence(message: string): string {
  const wait = /in (\d+) seconds/.exec(message)?.[1];
  return wait === undefined ? "Try again later." : `Try again in ${Math.ceil(Number(wait) / 60)} min.`;
}
