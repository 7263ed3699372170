import { useEffect, useMemo, useRef, useState } from "react";
import type { EventPartsFragment } from "../../api/generated";
import { nameOf } from "../../lib/entity";
import { eventInWords, lasted, placeText, shortCommit } from "../../lib/event";
import { absolute, relative } from "../../lib/moment";
import { counted } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { EventLinks } from "../../shell/Event";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Lines, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import { EventRow } from "./DayList";
import styles from "./Deployments.module.css";
import { attemptVersion, type CellName, type DeployedRow, inEnvironment, type Standing } from "./matrix";
import { useEvents } from "./useDeployed";
import { VersionCell } from "./VersionCell";

interface CellPanelProps {
  cell: CellName;
  row: DeployedRow | undefined;
  isLoading: boolean;
  environment: string;
  regions: readonly string[];
  open: (cell: CellName) => void;
  close: () => void;
}

/** One place: what stands there, who brought it, and everything that was deployed there before. */
export function CellPanel({ cell, row, isLoading, environment, regions, open, close }: CellPanelProps) {
  const { at, day, first, now } = useMoment();
  const heading = useRef<HTMLHeadingElement>(null);
  const [opener] = useState(() => document.querySelector<HTMLElement>(":focus-visible"));
  useEffect(() => {
    if (!opener) return;
    heading.current?.focus({ preventScroll: true });
    return () => {
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) opener.focus({ preventScroll: true });
      });
    };
  }, [opener]);
  const id = row?.entity?.id;
  const wanted = useMemo(
    () => ({ from: first ?? day, to: at ?? day, of: id ? [id] : null, environment, kinds: ["DEPLOYMENT" as const, "ROLLOUT" as const] }),
    [first, day, at, id, environment],
  );
  const events = useEvents(wanted, 200, id !== undefined);
  const standings = useMemo(() => (row ? inEnvironment(row, environment) : new Map<string, Standing>()), [row, environment]);
  const standing = cell.region === undefined ? undefined : standings.get(cell.region);
  const all = useMemo(() => there(events.data?.nodes ?? [], cell.region), [events.data, cell.region]);
  const brought = all.find((event) => event.id === standing?.event?.id);
  return (
    <aside
      className={styles.aside}
      aria-label="One place"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <div className={styles.asideHead}>
        <h2 ref={heading} tabIndex={-1}>
          <EntityLink to={cell.ref}>{row?.entity?.title ?? nameOf(cell.ref)}</EntityLink>
        </h2>
        <span className="quiet">{placeText(environment, cell.region)}</span>
        <span className={styles.asideTools}>
          <Button look="plain" aria-label="Close" onPress={close}>
            <span aria-hidden="true">×</span>
          </Button>
        </span>
      </div>
      {/* A region that scrolls has to be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <div className={styles.asideBody} role="region" aria-label="Deployments of this place" tabIndex={0}>
        {!row && !isLoading ? (
          <p className={styles.nothing}>
            Nothing of {nameOf(cell.ref)} stands in {environment} on this day, or the filter leaves it out.
          </p>
        ) : null}
        {cell.region === undefined && row ? (
          <ul className={styles.regions}>
            {regions.map((region) => (
              <li key={region}>
                <span className="quiet">{region}</span>
                <VersionCell
                  standing={standings.get(region)}
                  name=""
                  drifts={row.drifts}
                  now={now}
                  isChosen={false}
                  open={() => open({ ref: cell.ref, region })}
                />
              </li>
            ))}
          </ul>
        ) : null}
        {standing ? <Now standing={standing} brought={brought} /> : null}
        <h3 className={styles.subhead}>
          {cell.region === undefined ? "All deployments" : "All deployments there"}
          {events.data ? <span className="quiet"> {counted(all.length, "event")}</span> : null}
        </h3>
        <Panel answering={events} skeleton={<Lines count={6} height={48} />}>
          {() =>
            all.length === 0 ? (
              <p className={styles.nothing}>Nothing is recorded here up to this day.</p>
            ) : (
              <ol className={styles.events}>
                {all.map((event) => (
                  <EventRow key={event.id} event={event} withDay named={false} />
                ))}
              </ol>
            )
          }
        </Panel>
      </div>
    </aside>
  );
}

/** What stands there now, and how it came. */
function Now({ standing, brought }: { standing: Standing; brought: EventPartsFragment | undefined }) {
  const { now, zone } = useMoment();
  const { version, since, previous, behindSince, rollback, attempt, attemptFailed } = standing;
  const by = brought ? eventInWords(brought).by : undefined;
  const { commit, pullRequest } = brought?.deployment ?? {};
  const coming = attemptVersion(standing);
  return (
    <div className={styles.now}>
      <p className={styles.nowVersion}>
        <span className={styles.big}>{version ?? "nothing yet"}</span>
        {rollback ? <span className={styles.back}>↩ rolled back</span> : null}
      </p>
      {attempt ? (
        <p data-tone={attemptFailed ? "bad" : undefined}>
          <State name={attemptFailed ? "bad" : "running"}>
            {coming ?? "A newer version"} {attemptFailed ? "failed" : "is on its way"}, begun {relative(attempt.at, now)}
          </State>
        </p>
      ) : null}
      {behindSince ? (
        <p>
          <State name="warning">
            Behind: another region has a newer version for {lasted((Date.parse(now) - Date.parse(behindSince)) / 1000)}
          </State>
        </p>
      ) : null}
      <dl className={styles.facts}>
        <Fact name="Since">{since ? `${relative(since, now)}, ${absolute(since, zone)}` : undefined}</Fact>
        <Fact name="By">{by}</Fact>
        <Fact name="Took">{brought?.ended ? lasted(brought.seconds) : undefined}</Fact>
        <Fact name="Before">{previous ?? undefined}</Fact>
        <Fact name="Commit">{commit ? <code title={commit}>{shortCommit(commit)}</code> : undefined}</Fact>
        <Fact name="Pull request">{pullRequest ? `#${pullRequest}` : undefined}</Fact>
        <Fact name="Look at it">{brought ? <EventLinks event={brought} /> : undefined}</Fact>
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  if (children === undefined) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The events of a region; rollouts only where no deployment is told, whose echo they are. */
function there(events: readonly EventPartsFragment[], region: string | undefined): EventPartsFragment[] {
  const here = events.filter(
    ({ deployment, rollout }) => region === undefined || region === (deployment?.region ?? rollout?.region ?? rollout?.cluster ?? ""),
  );
  const told = here.filter(({ deployment }) => deployment !== null);
  return told.length > 0 ? told : here;
}
