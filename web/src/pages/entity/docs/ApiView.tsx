/** Definitions in OpenAPI and AsyncAPI: what can be done, and of what shape is what goes in and comes out. */
import { useId, useMemo, useState } from "react";
import { counted } from "../../../lib/text";
import { safeUrl } from "../../../lib/value";
import { State } from "../../../ui/State";
import styles from "./ApiView.module.css";
import documents from "./Documents.module.css";
import { RawText } from "./DocumentsTab";
import { type Body, type Group, type Operation, operationCount, type Parameter, readApi } from "./operations";
import { type Problem, parseYaml } from "./parse";
import { type SchemaNode, schemaNode } from "./schemaTree";

/** A definition, or what is wrong with it and its text. */
export default function ApiView({ text }: { text: string }) {
  const parsed = useMemo(() => parseYaml(text), [text]);
  const api = useMemo(() => (parsed.problem ? undefined : readApi(parsed.value)), [parsed]);
  const [words, setWords] = useState("");
  if (parsed.problem) return <Malformed problem={parsed.problem} text={text} />;
  if (!api) {
    return (
      <Malformed problem={{ message: "It says neither which OpenAPI nor which AsyncAPI it is written in.", line: undefined }} text={text} />
    );
  }
  const total = operationCount(api);
  const groups = filtered(api.groups, words);
  return (
    <div className={styles.api}>
      <header className={styles.header}>
        <h2>
          {api.title ?? "Without a title"} {api.version ? <span className="mono quiet">{api.version}</span> : null}
        </h2>
        {api.description ? <p className={styles.prose}>{api.description}</p> : null}
        <p className="quiet">
          {api.format} · {counted(total, "operation")}
          {api.servers.length > 0 ? " · at " : ""}
          {api.servers.slice(0, 3).map((server, place) => (
            <span key={server}>
              {place > 0 ? ", " : ""}
              <Server address={server} />
            </span>
          ))}
        </p>
      </header>
      {total > 8 ? (
        <input
          type="search"
          className={styles.filter}
          aria-label="Find an operation"
          placeholder="Find an operation"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      ) : null}
      {total === 0 ? <p className="quiet">It defines no operation.</p> : null}
      {total > 0 && groups.length === 0 ? <p className="quiet">No operation fits “{words}”.</p> : null}
      {groups.map((group) => (
        <section key={group.name} className={styles.group}>
          <h3 className={styles.path}>{group.name}</h3>
          {group.description ? <p className={styles.prose}>{group.description}</p> : null}
          {group.operations.map((operation) => (
            <OperationItem key={`${operation.method} ${operation.id ?? ""}`} operation={operation} root={api.root} />
          ))}
        </section>
      ))}
      {api.schemas.length > 0 ? (
        <details className={styles.schemas}>
          <summary>{counted(api.schemas.length, "named schema")}</summary>
          <ul className={styles.tree}>
            {api.schemas.map(({ name, schema }) => (
              <TreeItem key={name} node={schemaNode(name, schema, api.root, { above: [`#/components/schemas/${name}`] })} level={1} />
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}

/** What is wrong with a document, with its text below. */
export function Malformed({ problem: { message, line }, text }: { problem: Problem; text: string }) {
  return (
    <>
      <div role="alert" className={documents.problem}>
        <strong>This definition cannot be read{line === undefined ? "" : `: line ${line}`}</strong>
        <p>{message}</p>
        <p className="quiet">Below is what stands in the file.</p>
      </div>
      <RawText text={text} line={line} />
    </>
  );
}

function Server({ address }: { address: string }) {
  const url = safeUrl(address);
  if (!url) return <code>{address}</code>;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener" className={styles.server}>
      {address}
    </a>
  );
}

function OperationItem({ operation, root }: { operation: Operation; root: unknown }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { method, summary, isDeprecated, description, parameters, bodies } = operation;
  return (
    <div className={styles.operation}>
      <button type="button" aria-expanded={isOpen} aria-controls={id} className={styles.line} onClick={() => setOpen(!isOpen)}>
        <span aria-hidden="true" className={styles.arrow}>
          {isOpen ? "▾" : "▸"}
        </span>
        <span className={`${styles.method} ${styles[method.toLowerCase()] ?? ""}`}>{method}</span>
        <span className={isDeprecated ? styles.deprecated : undefined}>{summary ?? operation.id ?? "without a summary"}</span>
        {isDeprecated ? <State name="warning">deprecated</State> : null}
      </button>
      {isOpen ? (
        <div id={id} className={styles.details}>
          {description ? <p className={styles.prose}>{description}</p> : null}
          {operation.id ? (
            <p className="quiet">
              Called <code>{operation.id}</code>
            </p>
          ) : null}
          {parameters.length > 0 ? <Parameters parameters={parameters} root={root} /> : null}
          {bodies.map((body, place) => (
            // Two messages may be called the same; their order is that of the file.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <BodyItem key={place} body={body} root={root} />
          ))}
        </div>
      ) : null}
    </div>
  );
}

function Parameters({ parameters, root }: { parameters: Parameter[]; root: unknown }) {
  return (
    <section>
      <h4>Parameters</h4>
      <ul className={styles.tree}>
        {parameters.map(({ name, place, isRequired, isDeprecated, description, schema }) => {
          const node = schemaNode(name, schema, root, { isRequired });
          return (
            <TreeItem
              key={`${place} ${name}`}
              node={{ ...node, isDeprecated: isDeprecated || node.isDeprecated, description: description ?? node.description }}
              level={1}
              place={place}
            />
          );
        })}
      </ul>
    </section>
  );
}

function BodyItem({ body: { label, mediaType, description, schema, problem }, root }: { body: Body; root: unknown }) {
  return (
    <section>
      <h4>
        {label} {mediaType ? <code className="quiet">{mediaType}</code> : null}
      </h4>
      {description ? <p className={styles.prose}>{description}</p> : null}
      {problem ? <State name="warning">{problem}</State> : null}
      {schema === undefined ? null : (
        <ul className={styles.tree}>
          <TreeItem node={schemaNode("", schema, root)} level={1} isOpenAtFirst />
        </ul>
      )}
    </section>
  );
}

function TreeItem({
  node,
  level,
  place,
  isOpenAtFirst = false,
}: {
  node: SchemaNode;
  level: number;
  place?: string;
  isOpenAtFirst?: boolean;
}) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const { name, type, isRequired, isDeprecated, description, notes, problem, hasChildren } = node;
  const said = (
    <>
      {name === "" ? null : <span className={`${styles.name} ${isDeprecated ? styles.deprecated : ""}`}>{name}</span>}
      <span className={styles.type}>{type}</span>
      {place ? <span className={styles.note}>in {place}</span> : null}
      {isRequired ? <span className={styles.required}>required</span> : null}
    </>
  );
  return (
    <li>
      {hasChildren ? (
        <button type="button" aria-expanded={isOpen} className={styles.node} onClick={() => setOpen(!isOpen)}>
          <span aria-hidden="true" className={styles.arrow}>
            {isOpen ? "▾" : "▸"}
          </span>
          {said}
        </button>
      ) : (
        <span className={styles.node}>
          <span aria-hidden="true" className={styles.arrow} />
          {said}
        </span>
      )}
      {notes.length > 0 || description || problem ? (
        <span className={styles.beside}>
          {problem ? <State name={problem.endsWith("as above") ? "unknown" : "warning"}>{problem}</State> : null}
          {notes.length > 0 ? <span className={styles.note}>{notes.join(" · ")}</span> : null}
          {description ? <span>{description}</span> : null}
        </span>
      ) : null}
      {isOpen && hasChildren ? (
        <ul className={styles.below}>
          {node.children().map((child, index) => (
            // Alternatives have no names of their own.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <TreeItem key={`${child.name} ${index}`} node={child} level={level + 1} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function filtered(groups: Group[], words: string): Group[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return groups;
  return groups
    .map((group) => ({
      ...group,
      operations: group.operations.filter(({ method, summary, id }) =>
        `${method} ${group.name} ${summary ?? ""} ${id ?? ""}`.toLowerCase().includes(wanted),
      ),
    }))
    .filter(({ operations }) => operations.length > 0);
}
