import { Link, Navigate, Outlet, useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { nameOf, parseRef } from "../lib/entity";
import { isTyping } from "../lib/keys";
import { addDays, longDay, relativeDay, shortDay } from "../lib/moment";
import { counted } from "../lib/text";
import { Button } from "../ui/Button";
import { Message } from "../ui/Panel";
import { State } from "../ui/State";
import { ChangeStrip } from "./ChangeStrip";
import { DateControl } from "./DateControl";
import { useServer } from "./data";
import { type MomentState, useGoTo, useMoment, useStep } from "./moment";
import { type Command, Palette } from "./Palette";
import styles from "./Shell.module.css";
import { Shortcuts } from "./Shortcuts";
import { useSession } from "./session";
import { type Theme, useMyTeam, useTheme } from "./settings";

const NEXT_THEME: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const THEME_MARK: Record<Theme, string> = { system: "◐", light: "☀", dark: "☾" };

type Open = "search" | "team" | "keys" | undefined;

/** What stands around every page: navigation, search, the reader's team, the day, and the strip of changes. */
export function Shell() {
  const moment = useMoment();
  const { isPast } = moment;
  const [open, setOpen] = useState<Open>(undefined);
  const [team, chooseTeam] = useMyTeam();
  const [theme, chooseTheme] = useTheme();
  const goTo = useGoTo();
  const navigate = useNavigate();
  useShortcuts(setOpen);
  const { pathname } = useLocation();
  const { wall } = useSearch({ strict: false }) as { wall?: string };
  const { session, isSignedIn } = useSession();

  const commands = useMemo<Command[]>(() => {
    const page = (name: string, to: string): Command => ({ name, hint: "Page", run: () => void navigate({ to }) });
    const parsed = team ? parseRef(team) : undefined;
    return [
      ...(parsed
        ? [
            {
              name: `My team: ${parsed.name}`,
              hint: "Team",
              run: () => void navigate({ to: "/$kind/$", params: { kind: parsed.kind, _splat: parsed.name } }),
            },
          ]
        : []),
      page("Services", "/services"),
      page("Repositories", "/repositories"),
      page("Teams", "/teams"),
      page("People", "/people"),
      page("Systems", "/systems"),
      page("APIs", "/apis"),
      page("Packages", "/packages"),
      page("Timeline", "/timeline"),
      page("Quality board", "/board"),
      page("Weekly reports", "/reports"),
      page("Compare two days", "/compare"),
      page("Deployments", "/deployments"),
      page("Clusters", "/clusters"),
      page("Collectors", "/collectors"),
      { name: "Go to today", hint: "t", run: () => goTo(undefined) },
      { name: team ? "Choose another team" : "Choose my team", hint: "Setting", run: () => setOpen("team") },
      { name: `Use the ${NEXT_THEME[theme]} theme`, hint: "Setting", run: () => chooseTheme(NEXT_THEME[theme]) },
      ...(session?.canSignIn || isSignedIn ? [page(isSignedIn ? `Signed in as ${session?.name}` : "Sign in", "/signin")] : []),
      { name: "Keyboard shortcuts", hint: "?", run: () => setOpen("keys") },
    ];
  }, [team, theme, session, isSignedIn, navigate, goTo, chooseTheme]);

  const closing = (): void => setOpen(undefined);
  const content = (
    <main id="content" className={styles.content} tabIndex={-1}>
      <SessionGate>
        <MomentGate moment={moment}>
          <Outlet />
        </MomentGate>
      </SessionGate>
    </main>
  );
  // On a wall there is nobody to press anything; what went wrong is told all the same.
  if (wall === "1") {
    return (
      <div className={styles.shell}>
        <Past moment={moment} />
        <ServerGone />
        {content}
      </div>
    );
  }
  return (
    <div className={`${styles.shell} ${isPast ? styles.past : ""}`}>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <header className={styles.header}>
        <Link to="/services" className={styles.brand}>
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
            <circle cx="8" cy="8" r="2.5" fill="currentColor" />
          </svg>
          spot
        </Link>
        <nav aria-label="Pages" className={styles.nav}>
          <NavLink
            to="/services"
            isHere={!/^\/(timeline|board|reports|compare|deployments|clusters?|workload|collectors|packages?)(\/|$)/.test(pathname)}
          >
            Catalog
          </NavLink>
          <NavLink to="/timeline">Timeline</NavLink>
          <NavLink to="/board" isHere={/^\/reports(\/|$)/.test(pathname)}>
            Board
          </NavLink>
          <NavLink to="/compare">Compare</NavLink>
          <NavLink to="/deployments">Deployments</NavLink>
          <NavLink to="/clusters" isHere={/^\/(clusters?|workload)(\/|$)/.test(pathname)}>
            Clusters
          </NavLink>
          <NavLink to="/packages" isHere={/^\/packages?(\/|$)/.test(pathname)}>
            Packages
          </NavLink>
          <NavLink to="/collectors">
            Collectors <CollectorMark />
          </NavLink>
        </nav>
        <div className={styles.middle}>
          <DateControl />
        </div>
        <div className={styles.right}>
          <Reader />
          <MyTeam team={team} choose={() => setOpen("team")} />
          <Button className={styles.search ?? ""} onPress={() => setOpen("search")} aria-label="Search">
            <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
              <path d="M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.4 10.4 14 14" fill="none" stroke="currentColor" strokeWidth="1.5" />
            </svg>
            <span className={styles.searchText}>Search</span>
            <kbd className={styles.key}>/</kbd>
          </Button>
          <Button
            look="plain"
            aria-label={`Theme: ${theme}. Change it to ${NEXT_THEME[theme]}`}
            onPress={() => chooseTheme(NEXT_THEME[theme])}
            className={styles.square ?? ""}
          >
            <span aria-hidden="true">{THEME_MARK[theme]}</span>
          </Button>
        </div>
      </header>
      <Past moment={moment} />
      <ServerGone />
      <ChangeStrip />
      {content}
      <Palette isOpen={open === "search"} close={closing} commands={commands} />
      <Palette isOpen={open === "team"} close={closing} commands={[]} onTeam={chooseTeam} />
      <Shortcuts isOpen={open === "keys"} close={closing} />
    </div>
  );
}

function NavLink({ to, isHere, children }: { to: string; isHere?: boolean; children: ReactNode }) {
  return (
    <Link
      to={to}
      className={styles.navLink}
      activeProps={{ "aria-current": "page" }}
      {...(isHere ? { "aria-current": "page" as const } : {})}
    >
      {children}
    </Link>
  );
}

/** Who the reader is, once the server knows or has to. */
function Reader() {
  const { session, isSignedIn, isRequired } = useSession();
  if (isSignedIn) {
    return (
      <Link to="/signin" className={`${styles.navLink} ${styles.reader}`} title={`Signed in as ${session?.name}`}>
        <span className={styles.readerName}>{session?.name}</span>
        <span className={styles.role}>{session?.role ?? "no role"}</span>
      </Link>
    );
  }
  return isRequired ? (
    <Link to="/signin" className={styles.navLink}>
      Sign in
    </Link>
  ) : null;
}

/** Leads somebody who may not look to where one signs in, and back from there. */
function SessionGate({ children }: { children: ReactNode }) {
  const { session } = useSession();
  const { pathname, href } = useLocation();
  if (session !== undefined && session.role === null && pathname !== "/signin")
    return <Navigate to="/signin" search={{ to: href }} replace />;
  return children;
}

function CollectorMark() {
  const { status } = useServer();
  if (!status) return null;
  if (status.collectors.some(({ running }) => running !== null))
    return (
      <State name="running" quiet>
        running
      </State>
    );
  if (status.collectors.some(({ late, lastRun }) => late || (lastRun && lastRun.outcome !== "SUCCEEDED")))
    return (
      <State name="warning" quiet>
        needs attention
      </State>
    );
  return null;
}

function MyTeam({ team, choose }: { team: string | null; choose: () => void }) {
  const parsed = team ? parseRef(team) : undefined;
  if (!parsed) {
    return (
      <Button look="plain" onPress={choose} className={styles.team ?? ""}>
        My team…
      </Button>
    );
  }
  return (
    <Link
      to="/$kind/$"
      params={{ kind: parsed.kind, _splat: parsed.name }}
      className={`${styles.navLink} ${styles.team}`}
      title={`My team: ${nameOf(team ?? "")}`}
    >
      {parsed.name}
    </Link>
  );
}

function Past({ moment: { isPast, day, today, at } }: { moment: MomentState }) {
  const goTo = useGoTo();
  useEffect(() => {
    document.documentElement.dataset.past = String(isPast);
  }, [isPast]);
  if (!isPast) return null;
  return (
    <div className={styles.pastBar} role="status">
      <span>
        As of <strong>{longDay(day)}</strong>
        {at && at.length > 10 ? `, ${at.slice(11)}` : ""}, {relativeDay(day, today)}.
      </span>
      <Button look="plain" onPress={() => goTo(undefined)} className={styles.back ?? ""}>
        Back to today
      </Button>
      <Link to="/compare" search={{ from: day, to: today, at: undefined }} className={styles.back}>
        Compare with today
      </Link>
    </div>
  );
}

function ServerGone() {
  const { isGone, status } = useServer();
  if (isGone) {
    return (
      <p className={styles.gone} role="alert">
        The server does not answer. What is shown is what was last known; spot tries again every few seconds. Start it with{" "}
        <code>spot serve</code> if it was stopped.
      </p>
    );
  }
  const rebuilding = status?.store.rebuilding;
  if (rebuilding !== null && rebuilding !== undefined) {
    return (
      <p className={styles.gone} role="status">
        The index is being rebuilt: {Math.round(rebuilding * 100)} % done. Today is complete; past days follow.
      </p>
    );
  }
  return null;
}

/** Says what is wrong with the day in the address, in place of a page that could only be empty. */
function MomentGate({
  moment: { malformed, isFuture, day, today, first, isPast },
  children,
}: {
  moment: MomentState;
  children: ReactNode;
}) {
  const goTo = useGoTo();
  if (malformed !== undefined) {
    return (
      <Message isPage title="This link names a day that does not exist" role="alert">
        <p>
          It says <code>at={malformed.slice(0, 60)}</code>. Expected is a day such as <code>2026-03-01</code>, or an instant such as{" "}
          <code>2026-03-01T08:30:00Z</code>.
        </p>
        <p>
          <Button look="primary" onPress={() => goTo(undefined)}>
            Go to today
          </Button>
        </p>
      </Message>
    );
  }
  if (isFuture) {
    return (
      <Message isPage title={`${longDay(day)} has not come yet`} role="alert">
        <p>
          It is {counted(Math.max(1, Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000)), "day")} ahead. spot knows the past and
          today.
        </p>
        <p>
          <Button look="primary" onPress={() => goTo(undefined)}>
            Go to today
          </Button>
        </p>
      </Message>
    );
  }
  if (isPast && first !== undefined && day < first) {
    return (
      <Message isPage title="Nothing is known of this day" role="status">
        <p>
          The first record is of {longDay(first)}. To know more of the past, let a source tell its own history:{" "}
          <code>spot collect --backfill 5y</code>.
        </p>
        <p>
          <Button look="primary" onPress={() => goTo(first)}>
            Go to {shortDay(first)}
          </Button>
        </p>
      </Message>
    );
  }
  return children;
}

function useShortcuts(setOpen: (open: Open) => void): void {
  const step = useStep();
  const goTo = useGoTo();
  const navigate = useNavigate();
  const { day, today, isPast } = useMoment();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen("search");
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || document.querySelector('[role="dialog"]')) return;
      const actions: Record<string, () => void> = {
        "[": () => step(-1),
        "]": () => step(1),
        "{": () => step(-7),
        "}": () => step(7),
        t: () => goTo(undefined),
        c: () => void navigate({ to: "/compare", search: { from: isPast ? day : addDays(today, -7), to: today, at: undefined } }),
        "/": () => setOpen("search"),
        "?": () => setOpen("keys"),
      };
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [step, goTo, navigate, setOpen, day, today, isPast]);
}
