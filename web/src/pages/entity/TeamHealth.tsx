/** The services of a team, one in a line: what is measured, how old their packages are; and how that went. */
import { Link } from "@tanstack/react-router";
import { EntityTeamHealth, type EntityTeamHealthQuery } from "../../api/generated";
import { filterText, type Term } from "../../lib/filter";
import { outdatedSentence, outdatedText } from "../../lib/packages";
import { count, decimal, percent, points, roundFigure } from "../../lib/text";
import { useAsk, useServer } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { Figure, Figures, type Trend } from "../../ui/Figure";
import { BehindBar, CountMark, GateMark } from "../../ui/Judgement";
import { Lines, Panel } from "../../ui/Panel";
import { type ChartSeries, TimeChart } from "../../ui/TimeChart";
import { calledBy, part } from "./answer";
import { useEntitySearch, useSubject } from "./context";
import styles from "./Health.module.css";
import overview from "./Overview.module.css";
import { OverChoice } from "./Quality";
import { EntityName, Section } from "./Rows";
import { daysOf, useOver, useSeries, useSpan, valuesOf } from "./useTrend";

type Answer = EntityTeamHealthQuery;
type Service = Answer["services"]["nodes"][number];

const LINES = 12;

/** Quality and age of what a team owns. */
export function TeamHealth() {
  const { entity, at } = useSubject();
  const { tree } = useEntitySearch();
  const { from, to } = useSpan();
  const { status } = useServer();
  const isRead = status?.collectors.some(({ collector }) => collector === "sonarqube" || collector === "packages");
  const owned = isRead ? (part(entity, "ownedServices")?.totalCount ?? 0) : 0;
  const answering = useAsk(EntityTeamHealth, { of: entity.id, tree: tree !== "off", at: at ?? null, from, to }, { enabled: owned > 0 });
  if (owned === 0) return null;
  return (
    <div className={overview.whole}>
      <Panel answering={answering} skeleton={<Lines count={14} />} empty={(answer) => (isMeasured(answer) ? undefined : <span />)}>
        {(answer) => (
          <div className={styles.tab}>
            <TeamFigures answer={answer} />
            <ServiceLines answer={answer} />
            {(part(entity, "children") ?? []).length > 0 ? <ByTeam /> : null}
          </div>
        )}
      </Panel>
    </div>
  );
}

/** Whether there is anything to show: without such sources there is not. */
function isMeasured({ services, outdated }: Answer): boolean {
  return services.nodes.some(({ quality }) => quality !== null) || outdated.some((group) => group.outdated.known > 0);
}

function TeamFigures({ answer: { gate, coverage, behind, libyears, outdated } }: { answer: Answer }) {
  const trend = (series: Answer["gate"], more: Trend["more"], format: Trend["format"]): Trend => {
    const isShare = format !== decimal;
    return { values: valuesOf(series[0]), format, over: "in 13 weeks", more, ...(isShare ? { difference: points } : {}) };
  };
  const last = (series: Answer["gate"], format: Trend["format"]) => {
    const value = series[0]?.points.at(-1)?.value;
    return value === null || value === undefined ? <span className="quiet">not known</span> : format(value);
  };
  const whole = (value: number): string => percent(value, 0);
  const all = outdated[0]?.outdated;
  return (
    <Figures>
      <Figure name="Gates passed" trend={trend(gate, "better", whole)}>
        {last(gate, whole)}
      </Figure>
      <Figure name="Coverage, by lines" trend={trend(coverage, "better", (value) => percent(value))}>
        {last(coverage, (value) => percent(value))}
      </Figure>
      <Figure name="Direct, behind" trend={trend(behind, "worse", whole)} unit={all && all.known > 0 ? outdatedText(all) : undefined}>
        {last(behind, whole)}
      </Figure>
      <Figure name="Libyears" trend={trend(libyears, "worse", decimal)}>
        {last(libyears, decimal)}
      </Figure>
      {all ? (
        <Figure name="Vulnerable, direct">
          <CountMark count={all.vulnerable} />
        </Figure>
      ) : null}
    </Figures>
  );
}

function ServiceLines({ answer: { services } }: { answer: Answer }) {
  const { entity } = useSubject();
  const shown = [...services.nodes].sort(byTrouble).slice(0, LINES);
  const filter: Term[] = [{ key: "owner", value: entity.ref.replace(/^team:/, "") }];
  return (
    <Section title="Quality of its services" total={services.totalCount} aside={<span className="quiet">those with most to do first</span>}>
      <div className={styles.scroll}>
        <table className={`${styles.lines} ${styles.services}`}>
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">Gate</th>
              <th scope="col" className="number">
                Coverage
              </th>
              <th scope="col" className="number">
                Outdated
              </th>
              <th scope="col">
                <span className="hidden-visually">How far behind</span>
              </th>
              <th scope="col" className="number">
                Libyears
              </th>
              <th scope="col">Vulnerable</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((service) => (
              <ServiceLine key={service.id} service={service} />
            ))}
          </tbody>
        </table>
      </div>
      {services.totalCount > shown.length ? (
        <p className={styles.more}>
          <Link
            to="/services"
            search={(search: Record<string, string | undefined>) => ({ at: search.at, q: filterText(filter), sort: "coverage" })}
          >
            All {count(services.totalCount)} in the catalog
          </Link>
        </p>
      ) : null}
    </Section>
  );
}

function ServiceLine({ service }: { service: Service }) {
  const { quality, outdated } = service;
  return (
    <tr>
      <th scope="row">
        <EntityName entity={service} />
      </th>
      <td>
        <GateMark gate={quality?.gate} none={quality ? "no gate" : "never analysed"} />
      </td>
      <td className="number" data-label="coverage">
        {quality === null || quality.coverage === null ? <span className={styles.faint}>not measured</span> : percent(quality.coverage)}
      </td>
      <td className="number" data-label="outdated">
        {outdated ? outdatedText(outdated) : <span className={styles.faint}>no packages</span>}
      </td>
      <td className={styles.wideOnly}>
        {outdated ? (
          <span className={styles.mini}>
            <BehindBar counts={outdated} title={outdatedSentence(outdated)} />
          </span>
        ) : null}
      </td>
      <td className={`number ${styles.wideOnly}`}>
        {outdated?.libyears ? decimal(outdated.libyears) : <span className={styles.faint}>{outdated?.libyears === 0 ? "0" : ""}</span>}
      </td>
      <td data-label="vulnerable" className={outdated?.vulnerable === 0 ? styles.wideOnly : undefined}>
        {outdated ? <CountMark count={outdated.vulnerable} /> : null}
      </td>
    </tr>
  );
}

/** A failed gate first, then weaknesses, then how far behind. */
function byTrouble(one: Service, other: Service): number {
  const rank = ({ quality, outdated }: Service): number[] => [
    quality?.gate === "FAILED" ? 2 : quality?.gate === "WARNING" ? 1 : 0,
    outdated?.vulnerable ?? 0,
    outdated?.libyears ?? 0,
  ];
  const [a, b] = [rank(one), rank(other)];
  for (const [place, value] of a.entries()) {
    const difference = (b[place] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return one.name.localeCompare(other.name);
}

/** Colours that the colour-blind can tell apart, as lanes have them. */
const COLOURS = ["general", "dependencies", "quality", "documentation", "kubernetes", "relations", "configuration", "package"];

/** The teams below, each a line. */
function ByTeam() {
  const { entity } = useSubject();
  const { day } = useMoment();
  const over = useOver();
  const coverage = useSeries("COVERAGE", entity.id, over, "TEAM");
  const libyears = useSeries("LIBYEARS", entity.id, over, "TEAM");
  const lines = (series: NonNullable<typeof coverage.data>["series"]): ChartSeries[] =>
    series
      .filter(({ points }) => points.some(({ value }) => value !== null))
      .toSorted((one, other) => (one.owner?.name ?? "").localeCompare(other.owner?.name ?? ""))
      .slice(0, COLOURS.length)
      .map((each, place) => ({
        id: each.owner?.ref ?? "none",
        name: each.owner ? calledBy(each.owner) : "no owner",
        colour: `var(--lane-${COLOURS[place] ?? "general"})`,
        values: valuesOf(each),
      }));
  return (
    <div className={styles.charts}>
      <section className={styles.chart}>
        <div className={styles.chartHead}>
          <h2>Coverage by team</h2>
          <OverChoice />
        </div>
        <Panel answering={coverage} skeleton={<Lines count={4} height={44} />}>
          {({ series }) => (
            <TimeChart
              label={`Coverage by team ${over.words}`}
              days={daysOf(series[0], day)}
              series={lines(series)}
              format={(value) => percent(value, 0)}
              fromZero={false}
            />
          )}
        </Panel>
      </section>
      <section className={styles.chart}>
        <div className={styles.chartHead}>
          <h2>Libyears by team</h2>
        </div>
        <Panel answering={libyears} skeleton={<Lines count={4} height={44} />}>
          {({ series }) => (
            <TimeChart
              label={`Libyears by team ${over.words}`}
              days={daysOf(series[0], day)}
              series={lines(series)}
              format={decimal}
              tick={roundFigure}
            />
          )}
        </Panel>
      </section>
    </div>
  );
}
