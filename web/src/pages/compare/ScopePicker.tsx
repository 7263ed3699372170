import { useDeferredValue, useState } from "react";
import { Search, TeamChoices } from "../../api/generated";
import { kindName } from "../../lib/entity";
import { useAsk } from "../../shell/data";
import { Button } from "../../ui/Button";
import { type Choice, Finder } from "../../ui/Finder";
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
        <Lookup
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

function Lookup({ at, choose }: { at: string | undefined; choose: (ref: string, asOwner: boolean) => void }) {
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  const found = useAsk(Search, { text: asked, at: at ?? null, first: 10, kinds: null }, { enabled: asked !== "" });
  const teams = useAsk(TeamChoices, { at: at ?? null }, { enabled: asked === "" });
  const owner = ({ id, ref, name, title }: { id: string; ref: string; name: string; title: string | null }): Choice => ({
    id: `${id} owns`,
    title: title ?? name,
    detail: "what it owns",
    run: () => choose(ref, true),
  });
  const choices: Choice[] =
    asked === ""
      ? (teams.data?.teams.nodes ?? []).map(owner)
      : (found.data?.search.nodes ?? []).flatMap(({ entity }) => {
          const { id, ref, kind, name, title } = entity;
          const isTeam = kind === "TEAM";
          const detail = isTeam ? "the team itself" : `${kindName(kind)}${title ? `, ${name}` : ""}`;
          const itself = { id, title: title ?? name, detail, run: () => choose(ref, false) };
          return isTeam ? [owner(entity), itself] : [itself];
        });
  const { error, isFetching } = asked === "" ? teams : found;
  return (
    <Finder
      label="A team, service or anything else"
      placeholder="A team, service or anything else…"
      text={text}
      onText={setText}
      choices={choices}
      message={error ? error.message : choices.length > 0 ? "" : isFetching ? "Searching…" : nothing(asked)}
    />
  );
}

function nothing(asked: string): string {
  return asked === ""
    ? "No source names any team on this day. Type to find anything else."
    : `Nothing is called "${asked.slice(0, 60)}" on the second day.`;
}
