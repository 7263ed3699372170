import { useDeferredValue, useState } from "react";
import { Search, type SearchQuery } from "../../api/generated";
import { kindName, nameOf } from "../../lib/entity";
import { useAsk } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { useMyTeam } from "../../shell/settings";
import { Button } from "../../ui/Button";
import { type Choice, Finder } from "../../ui/Finder";
import { PopoverButton } from "../../ui/Popover";
import styles from "./ScopeField.module.css";
import type { Scope } from "./scope";

interface Option extends Omit<Choice, "run"> {
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
        <Lookup
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
        <Lookup
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

interface LookupProps {
  placeholder: string;
  choicesOf: (found: Hit[]) => Option[];
  /** Offer everything and the reader's team before anything is typed. */
  isUsual: boolean;
  choose: (scope: Scope) => void;
}

function Lookup({ placeholder, choicesOf, isUsual, choose }: LookupProps) {
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  const { at } = useMoment();
  const [team] = useMyTeam();
  const found = useAsk(Search, { text: asked, at: at ?? null, first: 10, kinds: null }, { enabled: asked !== "" });
  const usual: Option[] = isUsual ? [{ id: "all", title: "Everything", detail: "all entities", scope: { kind: "all" } }] : [];
  if (isUsual && team) {
    usual.push({
      id: "mine",
      title: nameOf(team),
      detail: "my team, with all that it owned",
      badge: "My team",
      scope: { kind: "team", ref: team },
    });
  }
  const hits = asked === "" ? [] : choicesOf((found.data?.search.nodes ?? []).map(({ entity }) => entity));
  const options = [...hits, ...usual.filter(fits(asked))];
  const nothing = asked !== "" && options.length === 0 ? `Nothing is called "${asked}" on this day.` : "";
  return (
    <Finder
      label="Find what to show"
      placeholder={placeholder}
      text={text}
      onText={setText}
      choices={options.map((option) => ({ ...option, run: () => choose(option.scope) }))}
      message={found.error ? found.error.message : asked !== "" && found.isFetching ? "Searching…" : nothing}
    />
  );
}

/** A team stands for what it owned, and for itself. */
function scopesOf(entity: Hit): Option[] {
  const itself = choiceOf(entity);
  if (entity.kind !== "TEAM") return [itself];
  return [
    { ...itself, id: `${entity.id} owned`, detail: "with all that it owned", scope: { kind: "team", ref: entity.ref } },
    { ...itself, detail: "the team alone" },
  ];
}

function choiceOf(entity: Hit): Option {
  const title = entity.kind === "TEAM" ? (entity.title ?? entity.name) : entity.name;
  const detail = [entity.title && entity.title !== title ? entity.title : undefined, entity.owner?.name].filter(Boolean).join(" · ");
  return { id: entity.id, title, detail, badge: kindName(entity.kind), scope: { kind: "entities", refs: [entity.ref] } };
}

function fits(text: string): (option: Option) => boolean {
  return ({ title }) => title.toLowerCase().includes(text.toLowerCase());
}
