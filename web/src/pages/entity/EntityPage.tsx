/** One entity as it stood on a day: what it is, whose, what it is made of, and how it came to be so. */
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { EntityPage as Question } from "../../api/generated";
import { isKindWord, KINDS } from "../../lib/entity";
import { shortDay } from "../../lib/moment";
import { useAsk } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { Lines, Panel } from "../../ui/Panel";
import { calledBy, type EntityAnswer } from "./answer";
import { SubjectProvider, useEntitySearch, useSubject } from "./context";
import { DocumentsTab } from "./docs/DocumentsTab";
import styles from "./EntityPage.module.css";
import { Facts } from "./Facts";
import { Band, Header } from "./Header";
import { Impact } from "./Impact";
import { lifeOf } from "./life";
import { Absent, Renamed, UnknownEntity } from "./Missing";
import { Overview } from "./Overview";
import { Owned } from "./Owned";
import { Versions } from "./PackagePage";
import { Dependents, Packages } from "./Packages";
import { QualityTab } from "./Quality";
import { Relations } from "./Relations";
import { Tabs, tabOf, tabsOf } from "./Tabs";
import { FieldHistory, Timeline } from "./Timeline";

/** The page of an entity, at `/service/ledger` and the like. */
export default function EntityPage() {
  const { kind, _splat: name } = useParams({ from: "/$kind/$" });
  const ref = `${kind}:${name}`;
  // What was shown of one entity must not stand under the name of another.
  return <OneEntity key={ref} kind={kind} name={name} />;
}

function OneEntity({ kind, name }: { kind: string; name: string }) {
  const ref = `${kind}:${name}`;
  const { at, day } = useMoment();
  const { tree } = useEntitySearch();
  const answering = useAsk(Question, { ref, at: at ?? null, tree: tree !== "off" });
  const found = answering.data?.entity.entity ?? undefined;
  const title = found ? calledBy(found) : name;
  const kindWord = isKindWord(kind) ? KINDS[kind].one.toLowerCase() : kind;
  useEffect(() => {
    document.title = `${title} (${kindWord}) · ${shortDay(day)} · spot`;
  }, [title, kindWord, day]);
  if (name === "") return <UnknownEntity asked={ref} />;
  return (
    <Panel answering={answering} skeleton={<Skeleton name={name} />}>
      {({ entity: { entity } }) =>
        entity === null ? (
          <UnknownEntity asked={ref} />
        ) : (
          <SubjectProvider value={{ entity, asked: ref, at }}>
            <Found entity={entity} asked={ref} />
          </SubjectProvider>
        )
      }
    </Panel>
  );
}

function Found({ entity, asked }: { entity: EntityAnswer; asked: string }) {
  const search = useEntitySearch();
  const tabs = tabsOf(entity);
  const tab = tabOf(tabs, search);
  if (entity.state === "ABSENT") return <Absent />;
  const isCalledOtherwise = entity.ref.toLowerCase() !== asked.toLowerCase();
  return (
    <div className={styles.page}>
      <div className={styles.main}>
        {isCalledOtherwise ? <Renamed life={lifeOf(entity.named.nodes)} /> : null}
        <Band />
        <Header />
        <Tabs tabs={tabs} current={tab} />
        <div className={styles.content}>
          <Content tab={tab} />
        </div>
      </div>
      {tab === "history" || tab === "impact" ? null : (
        <aside className={styles.aside}>
          <Timeline />
        </aside>
      )}
    </div>
  );
}

function Content({ tab }: { tab: string }) {
  const { entity } = useSubject();
  const { q } = useEntitySearch();
  switch (tab) {
    case "packages":
      return <Packages />;
    case "dependents":
      return <Dependents />;
    case "quality":
      return <QualityTab />;
    case "versions":
      return <Versions />;
    case "relations":
      return <Relations />;
    case "impact":
      return <Impact />;
    case "owns":
      return <Owned />;
    case "docs":
      return <DocumentsTab />;
    case "facts":
      return <Facts />;
    case "history":
      return q ? <FieldHistory key={q} field={q} /> : <Timeline heading={false} />;
    default:
      return <Overview key={entity.id} />;
  }
}

function Skeleton({ name }: { name: string }) {
  return (
    <div className={styles.page}>
      <div className={styles.main}>
        <div className={styles.waitingHead}>
          <h1 className={styles.waitingName}>{name.slice(0, 300)}</h1>
          <Lines count={5} height={24} />
        </div>
        <Lines count={10} />
      </div>
      <aside className={styles.aside}>
        <Lines count={12} height={36} />
      </aside>
    </div>
  );
}
