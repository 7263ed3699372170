import { useState } from "react";
import { EntityFacet } from "../../api/generated";
import { dayOf, shortDay } from "../../lib/moment";
import { bytes, count, wordOf } from "../../lib/text";
import { fieldName, saidText, valueText } from "../../lib/value";
import { useAsk } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { State } from "../../ui/State";
import { useSubject } from "./context";
import { Asked, FactValue } from "./FactPanel";
import styles from "./Facts.module.css";
import { type Fact, type Section as FactSection, factName, IN_HEADER, sectionsOf } from "./facts";
import { Section } from "./Rows";

/** What the header shows already. */
const SHOWN = new Set([...IN_HEADER, "ref", "subcomponentOf"]);

/** Facets that the overview shows in a section of their own. */
const HAS_SECTION: ReadonlySet<string> = new Set(["RELATIONS", "DOCUMENTATION", "QUALITY", "PACKAGE", "KUBERNETES", "CONFIGURATION"]);

const SHORT = 4;

/** The facets as short sections: what the header does not say already. */
export function FacetSections() {
  const { entity } = useSubject();
  const sections = sectionsOf(entity.facts).flatMap((section) => {
    if (HAS_SECTION.has(section.facet)) return [];
    const single = section.facet === "GENERAL" ? section.single.filter(({ name }) => !SHOWN.has(name)) : section.single;
    return single.length + section.keyed.length > 0 ? [{ ...section, single }] : [];
  });
  return sections.map((section) => <FacetSection key={section.facet} section={section} />);
}

function FacetSection({ section }: { section: FactSection }) {
  const { entity } = useSubject();
  const [isOpen, setOpen] = useState(false);
  const { facet, single, keyed } = section;
  const isStale = entity.facets.some((each) => each.facet === facet && each.stale);
  const shown = isOpen ? single : single.slice(0, SHORT);
  return (
    <Section
      title={facet === "GENERAL" ? "Also known" : wordOf(facet)}
      aside={isStale ? <State name="stale">not confirmed lately</State> : null}
    >
      {shown.length > 0 ? (
        <dl className={styles.list}>
          {shown.map((fact) => (
            <div key={fact.path}>
              <dt>{factName(fact)}</dt>
              <dd>
                <FactValue fact={fact} />
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {shown.length < single.length ? (
        <Button look="plain" className={styles.open ?? ""} onPress={() => setOpen(true)}>
          All {count(single.length)}
        </Button>
      ) : null}
      {keyed.map(({ name, entries }) => (
        <Keyed key={name} name={name} entries={entries} />
      ))}
    </Section>
  );
}

/** A field with entries, as a small table. */
function Keyed({ name, entries }: { name: string; entries: Fact[] }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? entries : entries.slice(0, SHORT + 1);
  const total = name === "languageBytes" ? entries.reduce((sum, { value }) => sum + Number(value), 0) : undefined;
  return (
    <>
      <table className={styles.keyed}>
        <caption>{name === "languageBytes" ? "languages by size" : fieldName(name)}</caption>
        <tbody>
          {shown.map((fact) => (
            <tr key={fact.key}>
              <th scope="row">{fact.key}</th>
              <td>
                {total === undefined ? (
                  <FactValue fact={fact} />
                ) : (
                  <Asked fact={fact}>
                    <Share size={Number(fact.value)} total={total} />
                  </Asked>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < entries.length ? (
        <Button look="plain" className={styles.open ?? ""} onPress={() => setOpen(true)}>
          All {count(entries.length)}
        </Button>
      ) : null}
    </>
  );
}

function Share({ size, total }: { size: number; total: number }) {
  const share = total > 0 ? size / total : 0;
  return (
    <span className={styles.share}>
      <span className={styles.bar} aria-hidden="true">
        <span style={{ width: `${Math.max(2, share * 100)}%` }} />
      </span>
      {Math.round(share * 100)} %, {bytes(size)}
    </span>
  );
}

/** Every fact with who says so, in one table a facet. */
export function Facts() {
  const { entity, asked, at } = useSubject();
  const { zone } = useMoment();
  // What a registry says of a package is much: every version that was ever published. It is asked for only here.
  const registry = useAsk(EntityFacet, { ref: asked, at: at ?? null, facet: "PACKAGE" }, { enabled: entity.kind === "PACKAGE" });
  const sections = sectionsOf([...entity.facts, ...(registry.data?.entity.entity?.facets ?? [])]);
  if (sections.length === 0 && !registry.isFetching)
    return <p className={styles.nothing}>No source states anything about it on this day.</p>;
  return (
    <div className={styles.all}>
      {sections.map(({ facet, single, keyed, count: number }) => (
        <Section key={facet} title={wordOf(facet)} total={number}>
          <div className={styles.scroll}>
            <table className={styles.table}>
              <thead>
                <tr>
                  <th scope="col">Fact</th>
                  <th scope="col">Value</th>
                  <th scope="col">Says</th>
                  <th scope="col" className="number">
                    Said since
                  </th>
                </tr>
              </thead>
              <tbody>
                {[...single, ...keyed.flatMap(({ entries }) => entries)].map((fact) => (
                  <tr key={fact.path}>
                    <th scope="row">
                      {fieldName(fact.name)}
                      {fact.key === undefined ? null : <span className={styles.key}>{fact.key}</span>}
                    </th>
                    <td>
                      {fact.facet === "RELATIONS" && fact.value === true ? <Asked fact={fact}>yes</Asked> : <FactValue fact={fact} />}
                    </td>
                    <td className="quiet">{saidText(fact.saidBy)}</td>
                    <td className="quiet number" title={valueText(fact.saidBy.since)}>
                      {shortDay(dayOf(fact.saidBy.since, zone))}
                      {fact.saidBy.layer === "BACKFILLED" ? (
                        <>
                          {" "}
                          <State name="backfilled" quiet>
                            reconstructed
                          </State>
                        </>
                      ) : null}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Section>
      ))}
    </div>
  );
}
