import { type KeyboardEvent, useDeferredValue, useId, useState } from "react";
import { Search, type SearchQuery } from "../../api/generated";
import { kindName, nameOf } from "../../lib/entity";
import { useAsk } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { useMyTeam } from "../../shell/settings";
import { Button } from "../../ui/Button";
import { PopoverButton } from "../../ui/Popover";
import styles from "./ScopeField.module.css";
import type { Scope } from "./scope";

interface Choice {
  id: string;
  title: string;
  detail: string;
  badge: string;
  scope: Scope;
}

type Hit = SearchQuery["search"]["nodes"][number]["entity"];

/** Chooses whose timeline is shown: an entity, what a team owned, or everything. */
export function ScopeField({ label, choose }: { label: string; choose: (scope: Scope) => void }) {
  return (
    <PopoverButton
      label="What to show"
      trigger={
        <Button className={styles.trigger ?? ""} aria-label={`Shown is ${label}. Choose something else`}>
          <span className={styles.triggerText}>{label}</span>
          <span aria-hidden="true" className={styles.arrow}>
            ▾
          </span>
        </Button>
      }
    >
      {(close) => (
        <Finder
          placeholder="A service, team, person, package…"
          choicesOf={(found) => found.flatMap((entity) => scopesOf(entity))}
          isUsual
          choose={(next) => {
            close();
            choose(next);
          }}
        />
      )}
    </PopoverButton>
  );
}

/** Adds one more entity to those that are shown beside each other. */
export function AddEntity({ refs, choose }: { refs: readonly string[]; choose: (scope: Scope) => void }) {
  return (
    <PopoverButton
      label="Add an entity"
      trigger={
        <Button look="plain" className={styles.add ?? ""}>
          + Add another
        </Button>
      }
    >
      {(close) => (
        <Finder
          placeholder="Beside it…"
          choicesOf={(found) =>
            found
              .filter(({ ref }) => !refs.includes(ref))
              .map((entity) => ({ ...choiceOf(entity), scope: { kind: "entities", refs: [...refs, entity.ref] } }))
          }
          isUsual={false}
          choose={(next) => {
            close();
            choose(next);
          }}
        />
      )}
    </PopoverButton>
  );
}

interface FinderProps {
  placeholder: string;
  choicesOf: (found: Hit[]) => Choice[];
  /** Offer everything and the reader's team before anything is typed. */
  isUsual: boolean;
  choose: (scope: Scope) => void;
}

function Finder({ placeholder, choicesOf, isUsual, choose }: FinderProps) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const asked = useDeferredValue(text.trim());
  const { at } = useMoment();
  const [team] = useMyTeam();
  const listId = useId();
  const found = useAsk(Search, { text: asked, at: at ?? null, first: 10, kinds: null }, { enabled: asked !== "" });
  const usual: Choice[] = isUsual
    ? [
        { id: "all", title: "Everything", detail: "all entities", badge: "", scope: { kind: "all" } },
        ...(team
          ? [
              {
                id: "mine",
                title: nameOf(team),
                detail: "what my team owned",
                badge: "My team",
                scope: { kind: "team" as const, ref: team },
              },
            ]
          : []),
      ]
    : [];
  const choices =
    asked === "" ? usual : [...choicesOf((found.data?.search.nodes ?? []).map(({ entity }) => entity)), ...usual.filter(fits(asked))];
  const chosen = Math.min(active, choices.length - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setActive((chosen + 1) % Math.max(1, choices.length));
    else if (event.key === "ArrowUp") setActive((chosen - 1 + choices.length) % Math.max(1, choices.length));
    else if (event.key === "Enter") {
      const choice = choices[chosen];
      if (choice) choose(choice.scope);
    } else return;
    event.preventDefault();
  };
  return (
    <div className={styles.finder}>
      <input
        // The reader opened this to type.
        // biome-ignore lint/a11y/noAutofocus: see above
        autoFocus
        className={styles.input}
        role="combobox"
        aria-label="Find what to show"
        aria-expanded={choices.length > 0}
        aria-controls={listId}
        aria-activedescendant={choices[chosen] ? `${listId}-${chosen}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
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
            onClick={() => choose(choice.scope)}
            onPointerMove={() => setActive(place)}
          >
            <span className={styles.title}>{choice.title}</span>
            <span className={styles.detail}>{choice.detail}</span>
            <span className={styles.badge}>{choice.badge}</span>
          </div>
        ))}
      </div>
      <p className={styles.message} role="status">
        {found.error
          ? found.error.message
          : asked !== "" && found.isFetching
            ? "Searching…"
            : asked !== "" && choices.length === 0
              ? `Nothing is called "${asked}" on this day.`
              : ""}
      </p>
    </div>
  );
}

/** A team stands for what it owned, and for itself. */
function scopesOf(entity: Hit): Choice[] {
  const itself = choiceOf(entity);
  if (entity.kind !== "TEAM") return [itself];
  return [
    { ...itself, id: `${entity.id} owned`, detail: "what it owned when it happened", scope: { kind: "team", ref: entity.ref } },
    { ...itself, detail: "the team itself" },
  ];
}

function choiceOf(entity: Hit): Choice {
  const detail = [entity.title && entity.title !== entity.name ? entity.title : undefined, entity.owner?.name].filter(Boolean).join(" · ");
  return { id: entity.id, title: entity.name, detail, badge: kindName(entity.kind), scope: { kind: "entities", refs: [entity.ref] } };
}

function fits(text: string): (choice: Choice) => boolean {
  return ({ title }) => title.toLowerCase().includes(text.toLowerCase());
}
