import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { EntityQualityFragment } from "../../api/generated";
import { absolute, relative } from "../../lib/moment";
import { conditionText, debtText } from "../../lib/quality";
import { count, counted, percent, points } from "../../lib/text";
import { safeUrl } from "../../lib/value";
import { useServer } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { Figure, Figures, type Trend } from "../../ui/Figure";
import { GateMark, RatingMark } from "../../ui/Judgement";
import { Lines, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import { TimeChart } from "../../ui/TimeChart";
import { part } from "./answer";
import { useNavigateSearch, useSubject } from "./context";
import { Asked } from "./FactPanel";
import { findFact } from "./facts";
import styles from "./Health.module.css";
import { Section } from "./Rows";
import { daysOf, useOver, useSeries, valuesOf } from "./useTrend";

/** What was measured, in short: the gate with what it fails on, and the figures that say most. */
export function QualitySection() {
  const { entity } = useSubject();
  const quality = part(entity, "quality");
  const qualities = part(entity, "qualities") ?? [];
  const { status } = useServer();
  const series = useSeries("COVERAGE", quality && quality.coverage !== null ? entity.id : undefined);
  if (!quality) {
    // Where nothing is measured at all, that this is not either is no news.
    if (!status?.collectors.some(({ collector }) => collector === "sonarqube")) return null;
    return (
      <Section title="Quality">
        <p className={styles.health}>
          <State name="unknown">
            <span className="quiet">Never analysed: no project in SonarQube is linked to it on this day.</span>
          </State>
        </p>
      </Section>
    );
  }
  const { coverage, newCode } = quality;
  const values = valuesOf(series.data?.series[0]);
  const trend: Trend = { values, format: (value) => percent(value), difference: points, over: "in 13 weeks", more: "better" };
  return (
    <Section title="Quality" aside={<Provenance quality={quality} projects={qualities.length} />}>
      <div className={styles.health}>
        <GateLine quality={quality} />
        <Figures>
          <Figure name="Coverage" trend={trend}>
            <Measure field="coverage">{coverage === null ? <NotMeasured /> : percent(coverage)}</Measure>
          </Figure>
          <Rated name="Reliability" rating={quality.reliability} field="reliability">
            <Measure field="bugs">{quality.bugs === null ? <NotMeasured /> : counted(quality.bugs, "bug")}</Measure>
          </Rated>
          <Rated name="Security" rating={quality.security} field="security">
            <Measure field="vulnerabilities">
              {quality.vulnerabilities === null ? <NotMeasured /> : counted(quality.vulnerabilities, "vulnerability", "vulnerabilities")}
            </Measure>
          </Rated>
          <Rated name="Maintainability" rating={quality.maintainability} field="maintainability">
            <Measure field="codeSmells">
              {quality.codeSmells === null ? <NotMeasured /> : counted(quality.codeSmells, "code smell")}
            </Measure>
          </Rated>
          <Rated name="Security review" rating={quality.securityReview} field="securityReview">
            <Measure field="hotspots">
              {quality.hotspots === null ? <NotMeasured /> : `${counted(quality.hotspots, "hotspot")} to review`}
            </Measure>
          </Rated>
          <Figure name="Duplication">
            <Measure field="duplication">{quality.duplication === null ? <NotMeasured /> : percent(quality.duplication)}</Measure>
          </Figure>
          <Figure name="Lines of code">
            <Measure field="lines">{quality.lines === null ? <NotMeasured /> : count(quality.lines)}</Measure>
          </Figure>
        </Figures>
        <NewCodeLine newCode={newCode} />
        <p className={styles.more}>
          <Link to="." search={(search: Record<string, unknown>) => ({ ...search, tab: "quality" })} resetScroll={false}>
            All figures and the trend
          </Link>
        </p>
      </div>
    </Section>
  );
}

function GateLine({ quality: { gate, failedConditions } }: { quality: EntityQualityFragment }) {
  return (
    <div className={styles.gate}>
      <strong>
        <Measure field="gate">
          <GateMark gate={gate} none="no gate was ever computed" />
        </Measure>
      </strong>
      {failedConditions.length > 0 ? (
        <ul className={styles.conditions}>
          {failedConditions.map((condition) => (
            <li key={`${condition.metric} ${condition.operator}`}>
              {conditionText(condition)}
              {condition.level === "WARNING" ? <span className="quiet"> (warning only)</span> : null}
            </li>
          ))}
        </ul>
      ) : gate === "PASSED" ? (
        <span className="quiet">All conditions of the quality gate are met.</span>
      ) : null}
    </div>
  );
}

function NewCodeLine({ newCode }: { newCode: EntityQualityFragment["newCode"] }) {
  const { coverage, duplication, issues, lines } = newCode;
  const parts: [string, string, string][] = [];
  if (lines !== null) parts.push(["newLines", count(lines), lines === 1 ? "line" : "lines"]);
  if (coverage !== null) parts.push(["newCoverage", percent(coverage), "covered"]);
  if (duplication !== null) parts.push(["newDuplication", percent(duplication), "duplicated"]);
  if (issues !== null) parts.push(["newIssues", count(issues), issues === 1 ? "issue" : "issues"]);
  if (parts.length === 0) return null;
  return (
    <p className={styles.line}>
      New code:{" "}
      {parts.map(([field, value, words], place) => (
        <span key={field}>
          {place > 0 ? ", " : ""}
          <Measure field={field}>
            <strong>{value}</strong>
          </Measure>{" "}
          {words}
        </span>
      ))}
      .
    </p>
  );
}

/** When it was analysed, and where one can look. */
function Provenance({ quality: { analysedAt, check, stale, project }, projects }: { quality: EntityQualityFragment; projects: number }) {
  const { now, zone, isPast } = useMoment();
  const url = safeUrl(check);
  return (
    <span className={styles.aside}>
      {stale ? <State name="stale">not confirmed lately</State> : null}
      {analysedAt ? (
        <span>
          analysed{" "}
          <time dateTime={analysedAt} title={absolute(analysedAt, zone)}>
            {isPast ? absolute(analysedAt, zone) : relative(analysedAt, now)}
          </time>
        </span>
      ) : null}
      {projects > 1 ? <span>{counted(projects, "project")}</span> : null}
      {url ? (
        <a href={url} target="_blank" rel="noreferrer noopener" title={project ?? undefined}>
          Open in SonarQube <span aria-hidden="true">↗</span>
        </a>
      ) : null}
    </span>
  );
}

function Rated({
  name,
  rating,
  field,
  children,
}: {
  name: string;
  rating: EntityQualityFragment["reliability"];
  field: string;
  children: ReactNode;
}) {
  return (
    <Figure name={name} unit={children}>
      <Measure field={field}>
        <RatingMark rating={rating} of={name} />
      </Measure>
    </Figure>
  );
}

/** A measure that can be asked. */
function Measure({ field, children }: { field: string; children: ReactNode }) {
  const { entity } = useSubject();
  return <Asked fact={findFact(entity.facts, "QUALITY", field)}>{children}</Asked>;
}

function NotMeasured() {
  return <span className="quiet">not measured</span>;
}

/** Everything that was measured: how coverage went, all figures beside those of new code, each project. */
export function QualityTab() {
  const { entity } = useSubject();
  const quality = part(entity, "quality");
  const qualities = part(entity, "qualities") ?? [];
  if (!quality) {
    return (
      <p className="quiet">
        <State name="unknown">Never analysed: no project in SonarQube is linked to it on this day.</State>
      </p>
    );
  }
  return (
    <div className={styles.tab}>
      <Section title="Quality gate" aside={<Provenance quality={quality} projects={qualities.length} />}>
        <div className={styles.health}>
          <GateLine quality={quality} />
        </div>
      </Section>
      <CoverageTrend />
      <Section title="Measures" aside={quality.mode ? <span className="quiet">{modeWords(quality.mode)}</span> : null}>
        <MeasureTable quality={quality} />
      </Section>
      {qualities.length > 1 ? (
        <Section title="Projects" total={qualities.length}>
          <Projects qualities={qualities} />
        </Section>
      ) : null}
    </div>
  );
}

function modeWords(mode: string): string {
  return mode === "mqr" ? "by multi-quality rules: ratings do not compare with those of the standard mode" : "by the standard rules";
}

function CoverageTrend() {
  const { entity } = useSubject();
  const { day } = useMoment();
  const over = useOver();
  const answering = useSeries("COVERAGE", entity.id, over);
  return (
    <section className={styles.chart}>
      <div className={styles.chartHead}>
        <h2>Coverage</h2>
        <span className="quiet">at the end of each week</span>
        <OverChoice />
      </div>
      <Panel answering={answering} skeleton={<Lines count={5} height={38} />}>
        {({ series: [first] }) => (
          <TimeChart
            label={`Coverage ${over.words}`}
            days={daysOf(first, day)}
            series={[{ id: "coverage", name: "Coverage", colour: "var(--lane-quality)", values: valuesOf(first) }]}
            format={(value) => percent(value)}
            tick={(value) => percent(value, value % 0.01 === 0 ? 0 : 1)}
            fromZero={false}
          />
        )}
      </Panel>
    </section>
  );
}

/** Over how long trends are looked at; it stands in the address, for all of them. */
export function OverChoice() {
  const over = useOver();
  const navigate = useNavigateSearch();
  return (
    <span className={styles.over} role="group" aria-label="Over how long">
      <button type="button" aria-pressed={over.id === "quarter"} onClick={() => navigate({ over: undefined })}>
        13 weeks
      </button>
      <button type="button" aria-pressed={over.id === "year"} onClick={() => navigate({ over: "year" })}>
        A year
      </button>
    </span>
  );
}

function MeasureTable({ quality }: { quality: EntityQualityFragment }) {
  const { newCode } = quality;
  const share = (value: number | null): string | undefined => (value === null ? undefined : percent(value));
  const number = (value: number | null): string | undefined => (value === null ? undefined : count(value));
  type Cell = [field: string, text: string | undefined, rating?: ReactNode];
  const rating = (name: string, value: EntityQualityFragment["reliability"]): ReactNode =>
    value ? <RatingMark rating={value} of={name} /> : undefined;
  const rows: [string, Cell, Cell | undefined][] = [
    ["Coverage", ["coverage", share(quality.coverage)], ["newCoverage", share(newCode.coverage)]],
    ["Duplication", ["duplication", share(quality.duplication)], ["newDuplication", share(newCode.duplication)]],
    ["Lines of code", ["lines", number(quality.lines)], ["newLines", number(newCode.lines)]],
    [
      "Bugs",
      ["bugs", number(quality.bugs), rating("Reliability", quality.reliability)],
      ["newBugs", number(newCode.bugs), rating("Reliability of new code", newCode.reliability)],
    ],
    [
      "Vulnerabilities",
      ["vulnerabilities", number(quality.vulnerabilities), rating("Security", quality.security)],
      ["newVulnerabilities", number(newCode.vulnerabilities), rating("Security of new code", newCode.security)],
    ],
    [
      "Code smells",
      ["codeSmells", number(quality.codeSmells), rating("Maintainability", quality.maintainability)],
      ["newCodeSmells", number(newCode.codeSmells), rating("Maintainability of new code", newCode.maintainability)],
    ],
    ["Hotspots to review", ["hotspots", number(quality.hotspots), rating("Security review", quality.securityReview)], undefined],
    ["Technical debt", ["debtMinutes", quality.debtMinutes === null ? undefined : debtText(quality.debtMinutes)], undefined],
    ["Issues of all types", ["issues", undefined], ["newIssues", number(newCode.issues)]],
  ];
  return (
    <table className={styles.measures}>
      <thead>
        <tr>
          <th scope="col">Measure</th>
          <th scope="col" className="number">
            All code
          </th>
          <th scope="col" className="number">
            New code
          </th>
        </tr>
      </thead>
      <tbody>
        {rows
          .filter(([, [, all], fresh]) => all !== undefined || fresh?.[1] !== undefined)
          .map(([name, all, fresh]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {[all, fresh].map((cell, place) => (
                <td key={cell?.[0] ?? place} className="number">
                  {cell?.[1] === undefined ? (
                    <span className={styles.faint}>–</span>
                  ) : (
                    <span className={styles.rated}>
                      <Measure field={cell[0]}>{cell[1]}</Measure>
                      {cell[2]}
                    </span>
                  )}
                </td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Projects({ qualities }: { qualities: EntityQualityFragment[] }) {
  const { now, zone } = useMoment();
  return (
    <div className={styles.scroll}>
      <table className={styles.lines}>
        <thead>
          <tr>
            <th scope="col">Project</th>
            <th scope="col">Gate</th>
            <th scope="col" className="number">
              Coverage
            </th>
            <th scope="col" className="number">
              Lines
            </th>
            <th scope="col" className="number">
              Analysed
            </th>
            <th scope="col">Check</th>
          </tr>
        </thead>
        <tbody>
          {qualities.map((each) => {
            const url = safeUrl(each.check);
            return (
              <tr key={`${each.source} ${each.resource}`}>
                <th scope="row" className="mono">
                  {each.project ?? each.resource}
                </th>
                <td>
                  <GateMark gate={each.gate} none="no gate" />
                </td>
                <td className="number">{each.coverage === null ? <NotMeasured /> : percent(each.coverage)}</td>
                <td className="number">{each.lines === null ? <NotMeasured /> : count(each.lines)}</td>
                <td className="number">
                  {each.analysedAt ? (
                    <time dateTime={each.analysedAt} title={absolute(each.analysedAt, zone)}>
                      {relative(each.analysedAt, now)}
                    </time>
                  ) : (
                    <span className="quiet">never</span>
                  )}
                </td>
                <td>
                  {url ? (
                    <a href={url} target="_blank" rel="noreferrer noopener">
                      Open <span aria-hidden="true">↗</span>
                    </a>
                  ) : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
