import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useDeferredValue, useId, useMemo, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { type Kind, Search, TeamChoices } from "../api/generated";
import { kindName, parseRef } from "../lib/entity";
import { wordOf } from "../lib/text";
import { useAsk } from "./data";
import { useMoment } from "./moment";
import styles from "./Palette.module.css";

/** Something else than an entity that the palette can do. */
export interface Command {
  name: string;
  hint?: string;
  run: () => void;
}

interface Choice {
  id: string;
  title: string;
  detail: string;
  badge: string;
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
          <Finder {...props} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Finder({ close, commands, onTeam }: PaletteProps) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const asked = useDeferredValue(text.trim());
  const { at } = useMoment();
  const navigate = useNavigate();
  const listId = useId();
  const found = useAsk(Search, { text: asked, at: at ?? null, first: 12, kinds: onTeam ? ["TEAM"] : null }, { enabled: asked !== "" });
  const teams = useAsk(TeamChoices, { at: at ?? null }, { enabled: onTeam !== undefined && asked === "" });

  const choices = useMemo<Choice[]>(() => {
    const open = (ref: string): void => {
      if (onTeam) onTeam(ref);
      else {
        const parsed = parseRef(ref);
        if (parsed) void navigate({ to: "/$kind/$", params: { kind: parsed.kind, _splat: parsed.name } });
      }
    };
    const entity = (of: Found, matched?: string): Choice => ({
      id: of.id,
      title: of.title ?? of.name,
      detail: [of.title && of.title !== of.name ? of.name : undefined, matched, of.owner?.name, of.description].filter(Boolean).join(" · "),
      badge: kindName(of.kind),
      run: () => open(of.ref),
    });
    if (asked === "") {
      if (onTeam) return (teams.data?.teams.nodes ?? []).map((team) => entity(team));
      return commands.map(command);
    }
    const words = asked.toLowerCase();
    const fitting = onTeam ? [] : commands.filter(({ name }) => name.toLowerCase().includes(words)).map(command);
    const hits = (found.data?.search.nodes ?? []).map(({ entity: of, matched }) => {
      const place = matched.find(({ field }) => field !== "NAME" && field !== "TITLE" && field !== "DESCRIPTION" && field !== "OWNER");
      return entity(of, place ? `${wordOf(place.field).toLowerCase()} ${place.word}` : undefined);
    });
    return [...hits, ...fitting];
  }, [asked, found.data, teams.data, commands, onTeam, navigate]);

  const chosen = Math.min(active, choices.length - 1);
  const run = (choice: Choice | undefined): void => {
    if (!choice) return;
    close();
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setActive((chosen + 1) % Math.max(1, choices.length));
    else if (event.key === "ArrowUp") setActive((chosen - 1 + choices.length) % Math.max(1, choices.length));
    else if (event.key === "Enter") run(choices[chosen]);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <input
        // The reader opened this to type.
        // biome-ignore lint/a11y/noAutofocus: see above
        autoFocus
        className={styles.input}
        role="combobox"
        aria-label={onTeam ? "Your team" : "Search"}
        aria-expanded={choices.length > 0}
        aria-controls={listId}
        aria-activedescendant={choices[chosen] ? `${listId}-${chosen}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={onTeam ? "Which team are you in?" : "A service, team, person, package, or what to do…"}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label="Results" className={styles.list} hidden={choices.length === 0}>
        {choices.map((choice, place) => (
          // The keyboard is with the field: it moves through the options.
          // biome-ignore lint/a11y/useKeyWithClickEvents: see above
          <div
            key={choice.id}
            id={`${listId}-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === chosen}
            className={styles.option}
            onClick={() => run(choice)}
            onPointerMove={() => setActive(place)}
            ref={place === chosen ? (element) => element?.scrollIntoView?.({ block: "nearest" }) : undefined}
          >
            <span className={styles.title}>{choice.title}</span>
            <span className={styles.detail}>{choice.detail}</span>
            <span className={styles.badge}>{choice.badge}</span>
          </div>
        ))}
      </div>
      <p className={styles.message} role="status">
        {messageOf(asked, choices.length, found.isFetching, found.error, onTeam !== undefined)}
      </p>
    </>
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
