import { nameOf } from "../../lib/entity";
import { EntityLink } from "../../shell/EntityLink";
import { useMyTeam } from "../../shell/settings";
import { Button } from "../../ui/Button";
import { State } from "../../ui/State";
import { AddEntity, ScopeField } from "./ScopeField";
import styles from "./ScopeHead.module.css";
import type { Scope } from "./scope";
import type { Resolved } from "./useTimeline";

/** What the timeline is about, and the choice of something else. */
export function ScopeHead({ scope, resolved, choose }: { scope: Scope; resolved: Resolved; choose: (scope: Scope) => void }) {
  const [team] = useMyTeam();
  const only = resolved.entities.length === 1 ? resolved.entities[0] : undefined;
  const isMine = scope.kind === "team" && team === scope.ref;
  return (
    <div className={styles.head}>
      <h1 className={styles.title}>
        <span className={styles.words}>Timeline of</span>
        <ScopeField label={labelOf(scope, only)} choose={choose} />
      </h1>
      {scope.kind === "entities" && scope.refs.length > 1 ? (
        <ul className={styles.refs} aria-label="Shown beside each other">
          {scope.refs.map((ref) => (
            <li key={ref} className={styles.ref}>
              <EntityLink to={ref} />
              <button
                type="button"
                aria-label={`Remove ${nameOf(ref)}`}
                onClick={() => {
                  const refs = scope.refs.filter((other) => other !== ref);
                  choose(refs.length > 0 ? { kind: "entities", refs } : { kind: "all" });
                }}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {scope.kind === "team" ? <span className={styles.words}>and all that it and the teams below it owned</span> : null}
      {scope.kind === "entities" ? <AddEntity refs={scope.refs} choose={choose} /> : null}
      {scope.kind === "team" ? (
        <Button look="plain" onPress={() => choose({ kind: "entities", refs: [scope.ref] })}>
          The team alone
        </Button>
      ) : null}
      {only?.kind === "TEAM" && scope.kind === "entities" ? (
        <Button look="plain" onPress={() => choose({ kind: "team", ref: only.ref })}>
          With all that it owned
        </Button>
      ) : null}
      {only && (scope.kind === "team" || (scope.kind === "entities" && scope.refs.length === 1)) ? (
        <>
          <EntityLink to={only.ref} className={styles.link}>
            Open its page
          </EntityLink>
          {only.state === "ABSENT" ? <State name="gone">not there on this day</State> : null}
        </>
      ) : null}
      <span className={styles.quick}>
        {scope.kind === "all" ? null : (
          <Button look="plain" onPress={() => choose({ kind: "all" })}>
            Everything
          </Button>
        )}
        {team && !isMine ? (
          <Button look="plain" onPress={() => choose({ kind: "team", ref: team })}>
            My team
          </Button>
        ) : null}
      </span>
    </div>
  );
}

function labelOf(scope: Scope, only: Resolved["entities"][number] | undefined): string {
  if (scope.kind === "all") return "everything";
  if (only?.kind === "TEAM") return only.title ?? only.name;
  if (scope.kind === "team") return nameOf(scope.ref);
  const [first = "", ...others] = scope.refs;
  return others.length === 0 ? nameOf(first) : `${nameOf(first)} and ${others.length} more`;
}
