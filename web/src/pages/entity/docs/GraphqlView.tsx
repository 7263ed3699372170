/** A schema in GraphQL: its types with fields, arguments and descriptions. */
import { useMemo, useState } from "react";
import { counted } from "../../../lib/text";
import { State } from "../../../ui/State";
import { Malformed } from "./ApiView";
import api from "./ApiView.module.css";
import styles from "./GraphqlView.module.css";
import { type Argument, type Member, readTypes, type SchemaType } from "./graphqlTypes";

/** A schema, or what is wrong with it and its text. */
export default function GraphqlView({ text }: { text: string }) {
  const { types, problem } = useMemo(() => readTypes(text), [text]);
  const [words, setWords] = useState("");
  if (problem) return <Malformed problem={problem} text={text} />;
  const wanted = words.trim().toLowerCase();
  const shown = types.filter(
    ({ name, members }) =>
      wanted === "" || name.toLowerCase().includes(wanted) || members.some((each) => each.name.toLowerCase().includes(wanted)),
  );
  const known = new Set(types.filter(({ isExtension }) => !isExtension).map(({ name }) => name));
  return (
    <div className={api.api}>
      <p className="quiet">{counted(types.length, "definition")}</p>
      {types.length > 8 ? (
        <input
          type="search"
          className={api.filter}
          aria-label="Find a type or field"
          placeholder="Find a type or field"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      ) : null}
      {types.length > 0 && shown.length === 0 ? <p className="quiet">No type or field fits “{words}”.</p> : null}
      {shown.map((type, place) => (
        // A type may be extended any number of times.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <TypeItem key={`${type.name} ${place}`} type={type} known={known} />
      ))}
    </div>
  );
}

function TypeItem({
  type: { sort, name, isExtension, description, implements: interfaces, members },
  known,
}: {
  type: SchemaType;
  known: Set<string>;
}) {
  return (
    <section>
      <h3 className={api.path} id={isExtension || name === "" ? undefined : idOf(name)}>
        <span className={styles.sort}>
          {isExtension ? "extend " : ""}
          {sort}
        </span>{" "}
        {name}
        {interfaces.length > 0 ? <span className={styles.sort}> implements {interfaces.join(" & ")}</span> : null}
      </h3>
      {description ? <p className={api.prose}>{description}</p> : null}
      {members.length > 0 ? (
        <ul>
          {members.map((member) => (
            <MemberItem key={member.name} member={member} known={known} />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function MemberItem({ member, known }: { member: Member; known: Set<string> }) {
  const { name, arguments: takes, type, named, description, deprecated } = member;
  const isLong = takes.length > 2 || takes.some((each) => each.description);
  return (
    <li className={styles.member}>
      <code className={styles.signature}>
        <span className={deprecated === undefined ? styles.name : `${styles.name} ${api.deprecated}`}>
          {type === undefined && named !== undefined ? <TypeName text={name} named={named} known={known} /> : name}
        </span>
        {takes.length > 0 && !isLong ? (
          <>
            (
            {takes.map((each, place) => (
              <span key={each.name}>
                {place > 0 ? ", " : ""}
                <ArgumentText argument={each} known={known} />
              </span>
            ))}
            )
          </>
        ) : null}
        {isLong ? "(…)" : null}
        {type === undefined ? null : (
          <>
            : <TypeName text={type} named={named} known={known} />
          </>
        )}
        {member.default === undefined ? null : <span className="quiet"> = {member.default}</span>}
      </code>
      {deprecated === undefined ? null : <State name="warning">deprecated{deprecated === "" ? "" : `: ${deprecated}`}</State>}
      {description ? <span className={styles.description}>{description}</span> : null}
      {isLong ? (
        <ul className={styles.arguments}>
          {takes.map((each) => (
            <li key={each.name}>
              <code>
                <ArgumentText argument={each} known={known} />
              </code>
              {each.description ? <span className={styles.description}>{each.description}</span> : null}
            </li>
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function ArgumentText({ argument: { name, type, named, default: value }, known }: { argument: Argument; known: Set<string> }) {
  return (
    <>
      {name}: <TypeName text={type} named={named} known={known} />
      {value === undefined ? null : <span className="quiet"> = {value}</span>}
    </>
  );
}

/** A type, which leads to where it is defined. */
function TypeName({ text, named, known }: { text: string; named: string | undefined; known: Set<string> }) {
  if (named === undefined || !known.has(named)) return <span className={styles.plain}>{text}</span>;
  return (
    <button type="button" className={styles.type} onClick={() => document.getElementById(idOf(named))?.scrollIntoView({ block: "start" })}>
      {text}
    </button>
  );
}

function idOf(name: string): string {
  return `graphql-${name}`;
}
