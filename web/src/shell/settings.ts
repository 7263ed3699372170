/** What a reader chose once in this browser: the theme and the team. */
import { useSyncExternalStore } from "react";

/** A theme, or the system's. */
export type Theme = "system" | "light" | "dark";

const listeners = new Set<() => void>();

function read(name: string): string | null {
  try {
    return localStorage.getItem(`spot.${name}`);
  } catch {
    // Storage may be forbidden; then a choice lasts as long as the page.
    return memory.get(name) ?? null;
  }
}

const memory = new Map<string, string>();

function write(name: string, value: string | null): void {
  if (value === null) memory.delete(name);
  else memory.set(name, value);
  try {
    if (value === null) localStorage.removeItem(`spot.${name}`);
    else localStorage.setItem(`spot.${name}`, value);
  } catch {
    // See above.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** The ref of the reader's team, and how to choose another. */
export function useMyTeam(): [string | null, (ref: string | null) => void] {
  const team = useSyncExternalStore(subscribe, () => read("team"));
  return [team, (ref) => write("team", ref)];
}

/** The theme, and how to choose another. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(subscribe, theTheme);
  return [theme, (next) => write("theme", next === "system" ? null : next)];
}

function theTheme(): Theme {
  const found = read("theme");
  return found === "light" || found === "dark" ? found : "system";
}

/** Puts the chosen theme on the page; called before anything is drawn, and whenever it changes. */
export function applyTheme(): void {
  const theme = theTheme();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

subscribe(applyTheme);
