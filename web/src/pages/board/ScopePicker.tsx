import { useDeferredValue, useState } from "react";
import { Search, TeamChoices } from "../../api/generated";
import { kindName, nameOf } from "../../lib/entity";
import { useAsk } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { useMyTeam } from "../../shell/settings";
import { Button } from "../../ui/Button";
import { type Choice, Finder } from "../../ui/Finder";
import { PopoverButton } from "../../ui/Popover";
import styles from "./Board.module.css";

interface ScopePickerProps {
  /** What is shown of somebody. */
  what: "board" | "report";
  label: string;
  choose: (ref: string | undefined) => void;
}

/** Chooses whose board or report is shown: the organisation's, or that of a team, system, domain or service. */
export function ScopePicker({ what, label, choose }: ScopePickerProps) {
  return (
    <PopoverButton
      label={`Whose ${what} to show`}
      trigger={
        <Button className={styles.scope ?? ""} aria-label={`Shown is the ${what} of ${label}. Choose another`}>
          <span className={styles.scopeName}>{label}</span>
          <span aria-hidden="true" className={styles.arrow}>
            ▾
          </span>
        </Button>
      }
    >
      {(close) => (
        <Lookup
          choose={(ref) => {
            close();
            choose(ref);
          }}
        />
      )}
    </PopoverButton>
  );
}

function Lookup({ choose }: { choose: (ref: string | undefined) => void }) {
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  const { at } = useMoment();
  const [mine] = useMyTeam();
  const found = useAsk(
    Search,
    { text: asked, at: at ?? null, first: 12, kinds: ["TEAM", "SYSTEM", "DOMAIN", "SERVICE"] },
    { enabled: asked !== "" },
  );
  const teams = useAsk(TeamChoices, { at: at ?? null }, { enabled: asked === "" });
  const usual: Choice[] = [{ id: "all", title: "The organisation", detail: "everything", run: () => choose(undefined) }];
  if (mine) {
    usual.push({ id: "mine", title: nameOf(mine), detail: "and the teams below it", badge: "My team", run: () => choose(mine) });
  }
  const hits = asked === "" ? (teams.data?.teams.nodes ?? []) : (found.data?.search.nodes ?? []).map(({ entity }) => entity);
  const choices: Choice[] = hits.map(({ id, ref, kind, name, title }) => ({
    id,
    title: title ?? name,
    detail: kind === "TEAM" ? "and the teams below it" : title && title !== name ? name : "",
    badge: kindName(kind),
    run: () => choose(ref),
  }));
  const fitting = usual.filter(({ title }) => title.toLowerCase().includes(asked.toLowerCase()));
  const { error, isFetching } = asked === "" ? teams : found;
  const all = asked === "" ? [...fitting, ...choices] : [...choices, ...fitting];
  return (
    <Finder
      label="A team, system, domain or service"
      placeholder="A team, system, domain or service…"
      text={text}
      onText={setText}
      choices={all}
      message={
        error ? error.message : all.length > 0 ? "" : isFetching ? "Searching…" : `Nothing is called "${asked.slice(0, 60)}" on this day.`
      }
    />
  );
}
