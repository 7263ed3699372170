import { type KeyboardEvent, useDeferredValue, useId, useState } from "react";
import { Search, TeamChoices } from "../../api/generated";
import { kindName } from "../../lib/entity";
import { useAsk } from "../../shell/data";
import { Button } from "../../ui/Button";
import { PopoverButton } from "../../ui/Popover";
import styles from "./Compare.module.css";

/** Chooses what is compared: a team with all that it owns, or single entities. */
export function ScopePicker({
  name,
  at,
  onTeam,
  onEntity,
}: {
  name: string;
  at: string | undefined;
  onTeam: (ref: string) => void;
  onEntity: (ref: string) => void;
}) {
  return (
    <PopoverButton
      label="Compare only"
      trigger={
        <Button look="edged" className={styles.small ?? ""}>
          {name} <span aria-hidden="true">▾</span>
        </Button>
      }
    >
      {(close) => (
        <Finder
          at={at}
          choose={(ref, asOwner) => {
            if (asOwner) onTeam(ref);
            else onEntity(ref);
            close();
          }}
        />
      )}
    </PopoverButton>
  );
}

interface Choice {
  key: string;
  ref: string;
  title: string;
  detail: string;
  asOwner: boolean;
}

function Finder({ at, choose }: { at: string | undefined; choose: (ref: string, asOwner: boolean) => void }) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const asked = useDeferredValue(text.trim());
  const listId = useId();
  const found = useAsk(Search, { text: asked, at: at ?? null, first: 10, kinds: null }, { enabled: asked !== "" });
  const teams = useAsk(TeamChoices, { at: at ?? null }, { enabled: asked === "" });
  const choices: Choice[] =
    asked === ""
      ? (teams.data?.teams.nodes ?? []).map((team) => ({
          key: team.id,
          ref: team.ref,
          title: team.title ?? team.name,
          detail: "what it owns",
          asOwner: true,
        }))
      : (found.data?.search.nodes ?? []).flatMap(({ entity }) => {
          const title = entity.title ?? entity.name;
          const itself = {
            key: entity.id,
            ref: entity.ref,
            title,
            detail: `${kindName(entity.kind)}${entity.title ? `, ${entity.name}` : ""}`,
            asOwner: false,
          };
          if (entity.kind !== "TEAM") return [itself];
          return [
            { ...itself, key: `${entity.id} owns`, detail: "what it owns", asOwner: true },
            { ...itself, detail: "the team itself" },
          ];
        });
  const chosen = Math.min(active, choices.length - 1);
  const run = (choice: Choice | undefined): void => {
    if (choice) choose(choice.ref, choice.asOwner);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setActive((chosen + 1) % Math.max(1, choices.length));
    else if (event.key === "ArrowUp") setActive((chosen - 1 + choices.length) % Math.max(1, choices.length));
    else if (event.key === "Enter") run(choices[chosen]);
    else return;
    event.preventDefault();
  };
  const isWaiting = asked === "" ? teams.isFetching : found.isFetching;
  const error = asked === "" ? teams.error : found.error;
  return (
    <div className={styles.finder}>
      <input
        // The reader opened this to type.
        // biome-ignore lint/a11y/noAutofocus: see above
        autoFocus
        className={styles.finderInput}
        role="combobox"
        aria-label="A team, service or anything else"
        aria-expanded={choices.length > 0}
        aria-controls={listId}
        aria-activedescendant={choices[chosen] ? `${listId}-${chosen}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder="A team, service or anything else…"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label="What can be compared" className={styles.finderList} hidden={choices.length === 0}>
        {choices.map((choice, place) => (
          // The keyboard is with the field: it moves through the options.
          // biome-ignore lint/a11y/useKeyWithClickEvents: see above
          <div
            key={choice.key}
            id={`${listId}-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === chosen}
            className={styles.finderOption}
            onClick={() => run(choice)}
            onPointerMove={() => setActive(place)}
            ref={place === chosen ? (element) => element?.scrollIntoView?.({ block: "nearest" }) : undefined}
          >
            <span className={styles.finderTitle}>{choice.title}</span>
            <span className="quiet">{choice.detail}</span>
          </div>
        ))}
      </div>
      <p className={styles.finderHint} role="status">
        {error
          ? error.message
          : choices.length > 0
            ? ""
            : isWaiting
              ? "Searching…"
              : asked === ""
                ? "No source names any team on this day. Type to find anything else."
                : `Nothing is called "${asked.slice(0, 60)}" on the second day.`}
      </p>
    </div>
  );
}
