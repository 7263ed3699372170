import { useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { type Kind, Search, TeamChoices } from "../api/generated";
import { kindName, parseRef } from "../lib/entity";
import { wordOf } from "../lib/text";
import { type Choice, Finder } from "../ui/Finder";
import { useAsk } from "./data";
import { useMoment } from "./moment";
import styles from "./Palette.module.css";

/** Something else than an entity that the palette can do. */
export interface Command {
  name: string;
  hint?: string;
  run: () => void;
}

interface PaletteProps {
  isOpen: boolean;
  close: () => void;
  commands: Command[];
  /** Given, only teams are offered, and this is told which one was chosen. */
  onTeam?: ((ref: string) => void) | undefined;
}

/** Finds entities of every kind, and whatever can be done, while typing. */
export function Palette(props: PaletteProps) {
  return (
    <ModalOverlay isOpen={props.isOpen} onOpenChange={(open) => !open && props.close()} isDismissable className={styles.overlay ?? ""}>
      <Modal className={styles.modal ?? ""}>
        <Dialog aria-label={props.onTeam ? "Choose your team" : "Search"} className={styles.dialog ?? ""}>
          <Lookup {...props} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Lookup({ close, commands, onTeam }: PaletteProps) {
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  const { at } = useMoment();
  const navigate = useNavigate();
  const found = useAsk(Search, { text: asked, at: at ?? null, first: 12, kinds: onTeam ? ["TEAM"] : null }, { enabled: asked !== "" });
  const teams = useAsk(TeamChoices, { at: at ?? null }, { enabled: onTeam !== undefined && asked === "" });

  const choices = useMemo<Choice[]>(() => {
    const open = (ref: string): void => {
      const parsed = parseRef(ref);
      if (onTeam) onTeam(ref);
      else if (parsed) void navigate({ to: "/$kind/$", params: { kind: parsed.kind, _splat: parsed.name } });
    };
    const closing = (choice: Choice): Choice => ({
      ...choice,
      run: () => {
        close();
        choice.run();
      },
    });
    const entity = (of: Found, matched?: string): Choice => ({
      id: of.id,
      title: of.title ?? of.name,
      detail: [of.title && of.title !== of.name ? of.name : undefined, matched, of.owner?.name, of.description].filter(Boolean).join(" · "),
      badge: kindName(of.kind),
      run: () => open(of.ref),
    });
    if (asked === "") return (onTeam ? (teams.data?.teams.nodes ?? []).map((team) => entity(team)) : commands.map(command)).map(closing);
    const words = asked.toLowerCase();
    const fitting = onTeam ? [] : commands.filter(({ name }) => name.toLowerCase().includes(words)).map(command);
    const hits = (found.data?.search.nodes ?? []).map(({ entity: of, matched }) => {
      const place = matched.find(({ field }) => field !== "NAME" && field !== "TITLE" && field !== "DESCRIPTION" && field !== "OWNER");
      return entity(of, place ? `${wordOf(place.field).toLowerCase()} ${place.word}` : undefined);
    });
    return [...hits, ...fitting].map(closing);
  }, [asked, found.data, teams.data, commands, onTeam, navigate, close]);

  return (
    <Finder
      isLarge
      label={onTeam ? "Your team" : "Search"}
      placeholder={onTeam ? "Which team are you in?" : "A service, team, person, package, or what to do…"}
      text={text}
      onText={setText}
      choices={choices}
      message={messageOf(asked, choices.length, found.isFetching, found.error, onTeam !== undefined)}
    />
  );
}

interface Found {
  id: string;
  ref: string;
  kind: Kind | null;
  name: string;
  title: string | null;
  description: string | null;
  owner: { name: string } | null;
}

function command({ name, hint, run }: Command): Choice {
  return { id: `command ${name}`, title: name, detail: "", badge: hint ?? "", run };
}

function messageOf(asked: string, count: number, isFetching: boolean, error: Error | null, forTeam: boolean): string {
  if (error) return error.message;
  if (isFetching) return "Searching…";
  if (count === 0) {
    if (asked === "") return forTeam ? "No source names any team yet." : "";
    return `Nothing is called "${asked}" on this day. Typing errors are forgiven, so try fewer or other words.`;
  }
  return "";
}
