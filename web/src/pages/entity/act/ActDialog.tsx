/** Acting on a workload: what would change is shown first, a reason is asked for, and what came of it is told. */
import { type ReactNode, type Ref, type RefObject, useEffect, useId, useRef, useState } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { AskError } from "../../../api/client";
import type { ActionKind, PerformActionMutation, PlanActionMutation } from "../../../api/generated";
import {
  ACTION_MEANINGS,
  ACTION_NAMES,
  type Actable,
  actionsOf,
  firstWish,
  missingOf,
  orderText,
  plannedValue,
  reasonProblem,
  type Wish,
} from "../../../lib/act";
import { Button } from "../../../ui/Button";
import { Lines } from "../../../ui/Panel";
import { State } from "../../../ui/State";
import styles from "./Act.module.css";

/** What a cluster would do. */
export type Plan = PlanActionMutation["planAction"];

/** What came of it. */
export type Result = PerformActionMutation["performAction"];

/** The workload that is acted on. */
export interface ActSubject extends Actable {
  name: string;
  cluster: string | null;
  namespace: string | null;
  environment: string | null;
  region: string | null;
  revisions: readonly { number: number; current: boolean; version: string; age: string | undefined; cause: string | null }[];
  pods: readonly { name: string; state: string }[];
}

interface ActDialogProps {
  subject: ActSubject;
  /** What is to be done to begin with, and to which pod. */
  start: { action: ActionKind; pod?: string };
  /** The present, by the server's clock. */
  now: string;
  plan: (wish: Wish, signal: AbortSignal) => Promise<Plan>;
  perform: (plan: string, reason: string) => Promise<Result>;
  /** Where the record stands. */
  record: ReactNode;
  /** Where one signs in anew. */
  signIn: ReactNode;
  close: () => void;
}

/** Of a number that is being typed, so long nothing is asked. */
const TYPING_MS = 400;

/** A dialog in which one action is planned, explained and done. */
export function ActDialog(props: ActDialogProps) {
  const [isDoing, setDoing] = useState(false);
  return (
    <ModalOverlay
      isOpen
      onOpenChange={(open) => !open && props.close()}
      isKeyboardDismissDisabled={isDoing}
      className={styles.overlay ?? ""}
    >
      <Modal className={styles.modal ?? ""}>
        <Dialog className={styles.dialog ?? ""}>
          <Steps {...props} onDoing={setDoing} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

type Planned = { is: "waiting" } | { is: "ready"; plan: Plan } | { is: "refused"; error: Error } | { is: "expired" };

function Steps({
  subject,
  start,
  now,
  plan,
  perform,
  record,
  signIn,
  close,
  onDoing,
}: ActDialogProps & { onDoing: (is: boolean) => void }) {
  const [wish, setWish] = useState(() => firstWish(start.action, subject, start.pod));
  const [reason, setReason] = useState("");
  const [isAsked, setAsked] = useState(false);
  const [result, setResult] = useState<Result | Error | undefined>();
  const [isDoing, setDoing] = useState(false);
  const { planned, planAgain } = usePlan(wish, subject, now, plan);
  const field = useRef<HTMLTextAreaElement>(null);
  const missing = missingOf(wish, subject);
  const problem = reasonProblem(reason);

  const act = async (): Promise<void> => {
    setAsked(true);
    if (planned.is !== "ready") return;
    if (problem !== undefined) {
      field.current?.focus();
      return;
    }
    setDoing(true);
    onDoing(true);
    try {
      setResult(await perform(planned.plan.id, reason.trim()));
    } catch (error) {
      setResult(error instanceof Error ? error : new Error(String(error)));
    }
    setDoing(false);
    onDoing(false);
  };

  if (result !== undefined) {
    return (
      <Outcome result={result} wish={wish} subject={subject} record={record} signIn={signIn} close={close}>
        <Button
          onPress={() => {
            setResult(undefined);
            planAgain();
          }}
        >
          Plan it again
        </Button>
      </Outcome>
    );
  }
  return (
    <form
      className={styles.steps}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void act();
      }}
    >
      <Heading slot="title" className={styles.title ?? ""}>
        {ACTION_NAMES[wish.action]}
      </Heading>
      <Target subject={subject} />
      <Choice wish={wish} subject={subject} isDisabled={isDoing} change={setWish} />
      <section className={styles.plan} aria-label="What will change" aria-live="polite" aria-busy={planned.is === "waiting" && !missing}>
        <h3>What will change</h3>
        {missing !== undefined ? <p className="quiet">{missing}</p> : <PlanView planned={planned} planAgain={planAgain} signIn={signIn} />}
      </section>
      <Reason field={field} value={reason} change={setReason} problem={isAsked ? problem : undefined} isDisabled={isDoing} />
      <div className={styles.buttons}>
        <Button onPress={close} isDisabled={isDoing}>
          Cancel
        </Button>
        <Button
          look="primary"
          type="submit"
          isDisabled={isDoing || missing !== undefined || planned.is !== "ready"}
          className={styles.do ?? ""}
        >
          {isDoing ? "Doing it…" : orderText(wish, subject.name)}
        </Button>
      </div>
    </form>
  );
}

/** Has what is wished for planned, whenever it becomes another, and notices when the plan is too old. */
function usePlan(wish: Wish, subject: Actable, now: string, plan: ActDialogProps["plan"]): { planned: Planned; planAgain: () => void } {
  const [planned, setPlanned] = useState<Planned>({ is: "waiting" });
  const [round, setRound] = useState(0);
  const latest = useRef({ plan, now });
  latest.current = { plan, now };
  const isMissing = missingOf(wish, subject) !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round asks again
  useEffect(() => {
    setPlanned({ is: "waiting" });
    if (isMissing) return;
    const abort = new AbortController();
    let expiry: ReturnType<typeof setTimeout> | undefined;
    const begin = setTimeout(
      () => {
        latest.current.plan(wish, abort.signal).then(
          (made) => {
            if (abort.signal.aborted) return;
            setPlanned({ is: "ready", plan: made });
            const left = Date.parse(made.expires) - Date.parse(latest.current.now);
            expiry = setTimeout(() => setPlanned({ is: "expired" }), Math.max(0, left));
          },
          (error: unknown) => {
            if (!abort.signal.aborted) setPlanned({ is: "refused", error: error instanceof Error ? error : new Error(String(error)) });
          },
        );
      },
      wish.action === "SCALE" ? TYPING_MS : 0,
    );
    return () => {
      clearTimeout(begin);
      clearTimeout(expiry);
      abort.abort();
    };
  }, [wish, isMissing, round]);
  return { planned, planAgain: () => setRound((before) => before + 1) };
}

/** What is acted on, in large letters: the wrong cluster is the worst mistake. */
function Target({ subject: { name, kind, cluster, namespace, environment, region } }: { subject: ActSubject }) {
  return (
    <dl className={styles.target}>
      <div>
        <dt>Cluster</dt>
        <dd>
          {cluster ?? "not known"}
          <span className={styles.where} data-environment={environment ?? undefined}>
            {[environment, region].filter(Boolean).join(" · ")}
          </span>
        </dd>
      </div>
      <div>
        <dt>Namespace</dt>
        <dd>{namespace ?? "not known"}</dd>
      </div>
      <div>
        <dt>{kind ?? "Workload"}</dt>
        <dd>{name}</dd>
      </div>
    </dl>
  );
}

interface ChoiceProps {
  wish: Wish;
  subject: ActSubject;
  isDisabled: boolean;
  change: (wish: Wish) => void;
}

/** Which action, and what it needs to know. */
function Choice({ wish, subject, isDisabled, change }: ChoiceProps) {
  const group = useId();
  return (
    <>
      <fieldset className={styles.kinds} disabled={isDisabled}>
        <legend className="hidden-visually">What to do</legend>
        {actionsOf(subject).map((action) => (
          <label key={action} data-chosen={action === wish.action}>
            <input type="radio" name={group} checked={action === wish.action} onChange={() => change(firstWish(action, subject))} />
            {ACTION_NAMES[action]}
          </label>
        ))}
      </fieldset>
      <p className="quiet">{ACTION_MEANINGS[wish.action]}</p>
      {wish.action === "SCALE" ? (
        <label className={styles.field}>
          <span>Pods</span>
          <input
            type="number"
            min={0}
            step={1}
            inputMode="numeric"
            disabled={isDisabled}
            value={wish.replicas ?? ""}
            onChange={({ target }) => {
              const { replicas: _, ...rest } = wish;
              change(target.value === "" ? rest : { ...rest, replicas: Number(target.value) });
            }}
          />
        </label>
      ) : null}
      {wish.action === "ROLL_BACK" ? (
        <label className={styles.field}>
          <span>To revision</span>
          <select
            disabled={isDisabled}
            value={wish.revision ?? ""}
            onChange={({ target }) => change({ ...wish, revision: Number(target.value) })}
          >
            {subject.revisions
              .filter(({ current }) => !current)
              .map(({ number, version, age, cause }) => (
                <option key={number} value={number}>
                  {[`${number}: ${version || "unknown version"}`, age, cause].filter(Boolean).join(", ")}
                </option>
              ))}
          </select>
        </label>
      ) : null}
      {wish.action === "DELETE_POD" ? (
        <label className={styles.field}>
          <span>Pod</span>
          <select disabled={isDisabled} value={wish.pod ?? ""} onChange={({ target }) => change({ ...wish, pod: target.value })}>
            {subject.pods.map(({ name, state }) => (
              <option key={name} value={name}>
                {name}, {state}
              </option>
            ))}
          </select>
        </label>
      ) : null}
    </>
  );
}

function PlanView({ planned, planAgain, signIn }: { planned: Planned; planAgain: () => void; signIn: ReactNode }) {
  switch (planned.is) {
    case "waiting":
      return (
        <>
          <span className="hidden-visually">The cluster tries it without keeping anything.</span>
          <Lines count={3} height={24} />
        </>
      );
    case "expired":
      return (
        <p>
          <State name="stale">The plan is too old by now.</State> <Button onPress={planAgain}>Plan it again</Button>
        </p>
      );
    case "refused":
      return (
        <div role="alert">
          <p>
            <State name="bad">It cannot be done:</State> {sentence(planned.error.message)}
          </p>
          <p>{isUnknown(planned.error) ? signIn : <Button onPress={planAgain}>Try again</Button>}</p>
        </div>
      );
    case "ready":
      return <PlanTold plan={planned.plan} />;
  }
}

/** What the cluster said it would do. */
function PlanTold({ plan: { detail, differences, warnings } }: { plan: Plan }) {
  return (
    <>
      <p>{sentence(detail)}</p>
      {differences.length > 0 ? (
        <ul className={styles.differences}>
          {differences.map(({ path, before, after }) => (
            <li key={path}>
              <code className={styles.path}>{path}</code>
              <span className={styles.values}>
                <Value of={before} none="nothing" />
                <span aria-hidden="true"> → </span>
                <span className="hidden-visually"> becomes </span>
                <Value of={after} none="gone" />
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="quiet">The cluster names no field that would change.</p>
      )}
      {warnings.length > 0 ? (
        <ul className={styles.warnings} aria-label="To know before">
          {warnings.map((warning) => (
            <li key={warning}>
              <State name="warning">{sentence(warning)}</State>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Value({ of, none }: { of: string | null; none: string }) {
  const text = plannedValue(of);
  return text === undefined ? <span className="quiet">{none}</span> : <code>{text}</code>;
}

interface ReasonProps {
  field: Ref<HTMLTextAreaElement>;
  value: string;
  change: (value: string) => void;
  problem: string | undefined;
  isDisabled: boolean;
}

function Reason({ field, value, change, problem, isDisabled }: ReasonProps) {
  const [id, hint, trouble] = [useId(), useId(), useId()];
  return (
    <div className={styles.reason}>
      <label htmlFor={id}>Why</label>
      <textarea
        ref={field}
        id={id}
        rows={2}
        required
        disabled={isDisabled}
        value={value}
        onChange={({ target }) => change(target.value)}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? hint : `${trouble} ${hint}`}
      />
      {problem === undefined ? null : (
        <p id={trouble} role="alert" className={styles.trouble}>
          {problem}
        </p>
      )}
      <p id={hint} className="quiet">
        Your name and this reason stand on the timeline for everybody, whatever comes of it.
      </p>
    </div>
  );
}

interface OutcomeProps {
  result: Result | Error;
  wish: Wish;
  subject: ActSubject;
  record: ReactNode;
  signIn: ReactNode;
  close: () => void;
  children: ReactNode;
}

/** What came of it, and where the record stands. */
function Outcome({ result, wish, subject, record, signIn, close, children }: OutcomeProps) {
  const heading: RefObject<HTMLHeadingElement | null> = useRef(null);
  useEffect(() => heading.current?.focus(), []);
  const isError = result instanceof Error;
  const isDone = !isError && result.state === "SUCCEEDED";
  const message = result.message;
  const title = isDone ? "The cluster did it" : isError ? "Nothing was done" : result.state === "REFUSED" ? "It was refused" : "It failed";
  return (
    <div className={styles.steps}>
      <Heading slot="title" className={styles.title ?? ""} ref={heading} tabIndex={-1}>
        <State name={isDone ? "good" : "bad"}>{isError && isLost(result) ? "Nobody knows whether it was done" : title}</State>
      </Heading>
      <Target subject={subject} />
      {isDone ? <p>{orderText(wish, subject.name)}: accepted. What follows from it shows on this page as it goes on.</p> : null}
      {message ? <p role="alert">{sentence(message)}</p> : null}
      {isError && !isLost(result) ? null : <p>{record}</p>}
      <div className={styles.buttons}>
        {isDone ? null : isError && isUnknown(result) ? signIn : children}
        <Button look="primary" onPress={close}>
          Close
        </Button>
      </div>
    </div>
  );
}

/** The server no longer knows who asks. */
function isUnknown(error: Error): boolean {
  return error instanceof AskError && ["UNAUTHENTICATED", "CSRF", "FORBIDDEN"].includes(error.code ?? "");
}

/** The answer was lost, not the order. */
function isLost(error: Error): boolean {
  return error instanceof AskError && error.trouble === "unreachable";
}

/** A message of the server as a sentence. */
function sentence(message: string): string {
  const text = message.trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
