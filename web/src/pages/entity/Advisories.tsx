import type { AdvisoryPartsFragment } from "../../api/generated";
import { absolute, dayOf, shortDay } from "../../lib/moment";
import { advisoryUrl } from "../../lib/packages";
import { useMoment } from "../../shell/moment";
import { SeverityMark } from "../../ui/Judgement";
import styles from "./Health.module.css";

/** Published weaknesses, the gravest first, each with what is affected and what mends it. */
export function AdvisoryList({ advisories }: { advisories: readonly AdvisoryPartsFragment[] }) {
  const { zone } = useMoment();
  return (
    <ul className={styles.advisories}>
      {advisories.map(({ id, severity, score, summary, aliases, affected, fixed, publishedAt }) => {
        const url = advisoryUrl(id);
        return (
          <li key={id}>
            <span className={styles.marks}>
              <SeverityMark severity={severity} />
              {score === null ? null : <span className="quiet">{score.toFixed(1)}</span>}
              {url ? (
                <a href={url} target="_blank" rel="noreferrer noopener">
                  {id} <span aria-hidden="true">↗</span>
                </a>
              ) : (
                <span>{id}</span>
              )}
              {aliases.length > 0 ? <span className="quiet">{aliases.join(", ")}</span> : null}
            </span>
            {summary ? <span>{summary}</span> : null}
            <span className="quiet">
              {affected.length > 0 ? (
                <>
                  affects <span className="mono">{affected.join(", ")}</span>
                </>
              ) : (
                "affects no version in use any more"
              )}
              {fixed.length > 0 ? (
                <>
                  , fixed in <span className="mono">{fixed.join(", ")}</span>
                </>
              ) : (
                ", no fix is known"
              )}
              {publishedAt ? (
                <>
                  , published{" "}
                  <time dateTime={publishedAt} title={absolute(publishedAt, zone)}>
                    {shortDay(dayOf(publishedAt, zone))}
                  </time>
                </>
              ) : null}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
