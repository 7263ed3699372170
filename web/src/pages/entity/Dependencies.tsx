/** How old the packages of an entity are: in a sentence, in figures that lead to the packages, and through time. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { EntityOutdatedFragment, EntityUseFragment } from "../../api/generated";
import { absolute, dayOf, shortDay } from "../../lib/moment";
import { byGravity, byHurt, outdatedSentence, outdatedText, supportText, worstSeverity } from "../../lib/packages";
import { count, counted, decimal, percent, roundFigure } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Figure, Figures, type Trend } from "../../ui/Figure";
import { BehindBar, BehindMark, CountMark, SeverityMark, SupportMark } from "../../ui/Judgement";
import { Lines, Panel } from "../../ui/Panel";
import { PopoverButton } from "../../ui/Popover";
import { State } from "../../ui/State";
import { TimeChart } from "../../ui/TimeChart";
import { AdvisoryList } from "./Advisories";
import { part } from "./answer";
import { useSubject } from "./context";
import { AskedLater } from "./FactPanel";
import styles from "./Health.module.css";
import { OverChoice } from "./Quality";
import { Row, Rows, Section, UsedVersion } from "./Rows";
import { daysOf, useOver, useSeries, valuesOf } from "./useTrend";

const SHORT = 6;

/** What is old, weak or at its end among the packages, the worst first, with the way to all of them. */
export function DependenciesSection() {
  const { entity } = useSubject();
  const packages = part(entity, "packages");
  const outdated = part(entity, "outdated");
  const all = part(entity, "allOutdated");
  const vulnerable = part(entity, "vulnerable");
  const series = useSeries("LIBYEARS", outdated && outdated.known > 0 ? entity.id : undefined);
  if (!packages || packages.totalCount === 0) return null;
  const values = valuesOf(series.data?.series[0]);
  const trend: Trend = { values, format: decimal, over: "in 13 weeks", more: "worse" };
  const worst = worstOf([...(vulnerable?.nodes ?? []), ...packages.nodes]).slice(0, SHORT);
  return (
    <Section title="Dependencies" total={packages.totalCount} shown={0} tab="packages">
      <div className={styles.health}>
        {outdated ? <OutdatedLine outdated={outdated} /> : null}
        {outdated && all && outdated.known > 0 ? <OutdatedFigures outdated={outdated} all={all} trend={trend} /> : null}
        <Rows>
          {worst.map((use) => (
            <Row key={`${use.manifest} ${use.name}`} meta={<UseMarks use={use} />}>
              <EntityLink to={use.package?.ref ?? `package:${use.name}`}>{use.name}</EntityLink>
              <InstalledAndLatest use={use} />
            </Row>
          ))}
        </Rows>
      </div>
    </Section>
  );
}

/** The worst first, each once. */
function worstOf(uses: readonly EntityUseFragment[]): EntityUseFragment[] {
  const known = new Map(uses.map((use) => [`${use.manifest} ${use.name}`, use]));
  return byHurt([...known.values()]);
}

/** How far direct dependencies are behind: a bar, and the same in words. */
export function OutdatedLine({ outdated }: { outdated: EntityOutdatedFragment }) {
  if (outdated.known === 0) {
    return (
      <p>
        <State name="unknown">
          <span className="quiet">{outdatedSentence(outdated)}</span>
        </State>
      </p>
    );
  }
  const { current, patch, minor, major, unknown } = outdated;
  const parts = [
    ["MAJOR", major],
    ["MINOR", minor],
    ["PATCH", patch],
    ["CURRENT", current],
  ] as const;
  return (
    <div className={styles.bar}>
      <BehindBar counts={outdated} />
      <ul className={styles.legend}>
        {parts.map(([behind, number]) =>
          number > 0 ? (
            <li key={behind}>
              <BehindMark behind={behind} />
              <strong>{count(number)}</strong>
            </li>
          ) : null,
        )}
        {unknown > 0 ? (
          <li>
            <State name="unknown">
              <span className="quiet">not known</span>
            </State>
            <strong>{count(unknown)}</strong>
          </li>
        ) : null}
      </ul>
    </div>
  );
}

/** The figures that say most; those with something behind them lead there. */
function OutdatedFigures({ outdated, all, trend }: { outdated: EntityOutdatedFragment; all: EntityOutdatedFragment; trend: Trend }) {
  const { share, libyears } = outdated;
  return (
    <Figures>
      <Figure name="Direct, behind" unit={share === null ? undefined : percent(share, 0)}>
        <Only only="outdated" direct="yes" number={outdated.outdated}>
          {outdatedText(outdated)}
        </Only>
      </Figure>
      <Figure name="Libyears, direct" trend={trend}>
        {libyears === null ? <span className="quiet">not known</span> : decimal(libyears)}
      </Figure>
      <Figure name="Vulnerable" unit={outdated.vulnerable !== all.vulnerable ? `${count(outdated.vulnerable ?? 0)} direct` : undefined}>
        <Only only="vulnerable" number={all.vulnerable}>
          <CountMark count={all.vulnerable} />
        </Only>
      </Figure>
      <Figure name="Deprecated">
        <Only only="deprecated" number={all.deprecated}>
          <CountMark count={all.deprecated} look="warning" />
        </Only>
      </Figure>
      <Figure name="End of life">
        <Only only="endoflife" number={all.endOfLife}>
          <CountMark count={all.endOfLife} />
        </Only>
      </Figure>
    </Figures>
  );
}

/** A figure that leads to the packages that it counts; none leads nowhere. */
function Only({ only, direct, number, children }: { only: string; direct?: string; number: number | null; children: ReactNode }) {
  if (!number) return <span className="quiet">{children}</span>;
  return (
    <Link
      to="."
      search={(search: Record<string, unknown>) => ({ ...search, tab: "packages", only, direct, q: undefined, sort: undefined })}
      resetScroll={false}
    >
      {children}
    </Link>
  );
}

/** What is installed and what is newest; both can be asked. */
export function InstalledAndLatest({ use }: { use: EntityUseFragment }) {
  const { name, manifest, latest, behind, versions, requirement } = use;
  const isCurrent = behind === "CURRENT" || latest === null || versions.includes(latest);
  return (
    <span className={styles.versions}>
      <AskedLater
        facet="DEPENDENCIES"
        field={`packages[${manifest}#${name}]`}
        label={`${name} ${versions.join(", ") || (requirement ?? "version not known")}`}
      >
        <UsedVersion use={use} />
      </AskedLater>
      {isCurrent ? null : (
        <>
          <span className={styles.arrow} aria-hidden="true">
            →
          </span>
          <AskedLater
            of={use.package?.ref ?? `package:${name}`}
            facet="PACKAGE"
            field="latest"
            label={`latest version of ${name}: ${latest}`}
          >
            <span className="mono">{latest}</span>
          </AskedLater>
        </>
      )}
    </span>
  );
}

/** What is to be said against a use: how far behind, weaknesses, deprecated, at its end. */
export function UseMarks({ use }: { use: EntityUseFragment }) {
  const { behind, libyears, latest } = use;
  return (
    <span className={styles.marks}>
      <Troubles use={use} />
      {behind === null && latest === null ? null : behind === "CURRENT" ? null : (
        <BehindMark behind={behind} title={libyears === null ? "" : `${decimal(libyears)} libyears`} />
      )}
    </span>
  );
}

/** Weaknesses with a panel that lists them; deprecated; at its end. */
export function Troubles({ use, isShort = false }: { use: EntityUseFragment; isShort?: boolean }) {
  const { deprecated, endOfLife, name } = use;
  const advisories = use.advisories ?? [];
  const worst = worstSeverity(advisories);
  return (
    <>
      {worst === undefined ? null : (
        <PopoverButton
          label={`Published weaknesses of ${name}`}
          wide
          trigger={
            <Button
              look="plain"
              className={styles.asking ?? ""}
              aria-label={`${counted(advisories.length, "published weakness", "published weaknesses")} of ${name}`}
            >
              <SeverityMark severity={worst} of={advisories.length} />
            </Button>
          }
        >
          <AdvisoryList advisories={byGravity(advisories)} />
        </PopoverButton>
      )}
      {deprecated === null ? null : (
        <span title={deprecated}>
          <State name="warning">deprecated</State>
        </span>
      )}
      {endOfLife && (endOfLife.state === "ENDED" || endOfLife.state === "ENDING") ? (
        <span title={`Release cycle ${endOfLife.cycle}: ${supportText(endOfLife)}`}>
          <SupportMark state={endOfLife.state}>
            {isShort ? (endOfLife.state === "ENDED" ? "end of life" : "support ends") : supportText(endOfLife)}
          </SupportMark>
        </span>
      ) : null}
    </>
  );
}

/** How the packages of an entity, or of a team, grew old: libyears and the share that is behind. */
export function AgeTrend() {
  const { entity } = useSubject();
  const { day } = useMoment();
  const over = useOver();
  const libyears = useSeries("LIBYEARS", entity.id, over);
  const behind = useSeries("OUTDATED_DIRECT_SHARE", entity.id, over);
  return (
    <div className={styles.charts}>
      <section className={styles.chart}>
        <div className={styles.chartHead}>
          <h2>Libyears</h2>
          <span className="quiet">of direct dependencies</span>
          <OverChoice />
        </div>
        <Panel answering={libyears} skeleton={<Lines count={4} height={40} />}>
          {({ series: [first] }) => (
            <TimeChart
              label={`Libyears ${over.words}`}
              days={daysOf(first, day)}
              series={[{ id: "libyears", name: "Libyears", colour: "var(--lane-dependencies)", values: valuesOf(first) }]}
              format={decimal}
              tick={roundFigure}
              height={132}
            />
          )}
        </Panel>
      </section>
      <section className={styles.chart}>
        <div className={styles.chartHead}>
          <h2>Behind</h2>
          <span className="quiet">share of direct dependencies</span>
        </div>
        <Panel answering={behind} skeleton={<Lines count={4} height={40} />}>
          {({ series: [first] }) => (
            <TimeChart
              label={`Share of direct dependencies that are behind, ${over.words}`}
              days={daysOf(first, day)}
              series={[{ id: "behind", name: "Behind", colour: "var(--lane-dependencies)", values: valuesOf(first) }]}
              format={(value) => percent(value, 0)}
              height={132}
            />
          )}
        </Panel>
      </section>
    </div>
  );
}

/** Since when a use is exactly so. */
export function UseSince({ since }: { since: string }) {
  const { zone } = useMoment();
  return (
    <time dateTime={since} title={absolute(since, zone)}>
      {shortDay(dayOf(since, zone))}
    </time>
  );
}
