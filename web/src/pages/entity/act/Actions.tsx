/** The buttons that lead to actions on a workload, for whoever may act. */
import { Link, useLocation } from "@tanstack/react-router";
import { useState } from "react";
import { order } from "../../../api/client";
import { type ActionKind, PerformAction, PlanAction, WorkloadPage, type WorkloadPageQuery } from "../../../api/generated";
import { ACTION_NAMES, actionsOf } from "../../../lib/act";
import { relative } from "../../../lib/moment";
import { tagOf } from "../../../lib/runtime";
import { useAsk } from "../../../shell/data";
import { useMoment } from "../../../shell/moment";
import { useSession } from "../../../shell/session";
import { Button } from "../../../ui/Button";
import styles from "./Act.module.css";
import { ActDialog, type ActSubject } from "./ActDialog";

type State = Extract<NonNullable<WorkloadPageQuery["entity"]["entity"]>, { workload: unknown }>["workload"];

/** Whether the reader may act on workloads at all. */
export function useMayAct(): boolean {
  return useSession().may("operator");
}

/** What can be done to a workload, as buttons; in the past they say why they do nothing. */
export function Actions({ of, name, workload }: { of: string; name: string; workload: State }) {
  const mayAct = useMayAct();
  const { isPast } = useMoment();
  const [chosen, choose] = useState<ActionKind>();
  const actions = actionsOf(workload);
  if (!mayAct || actions.length === 0) return null;
  return (
    <div className={styles.tools} role="group" aria-label="Actions">
      {actions.map((action) => (
        <Button key={action} isDisabled={isPast} onPress={() => choose(action)}>
          {ACTION_NAMES[action]}…
        </Button>
      ))}
      {isPast ? <span className={styles.past}>This is the past: nothing can be done here.</span> : null}
      {chosen && !isPast ? (
        <Acting of={of} name={name} workload={workload} start={{ action: chosen }} close={() => choose(undefined)} />
      ) : null}
    </div>
  );
}

/** A button that deletes one pod, beside it. */
export function DeletePod({ of, name, workload, pod }: { of: string; name: string; workload: State; pod: string }) {
  const { isPast } = useMoment();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="plain" className={styles.small ?? ""} isDisabled={isPast} aria-label={`Delete ${pod}…`} onPress={() => setOpen(true)}>
        Delete…
      </Button>
      {isOpen && !isPast ? (
        <Acting of={of} name={name} workload={workload} start={{ action: "DELETE_POD", pod }} close={() => setOpen(false)} />
      ) : null}
    </>
  );
}

/** A button beside a workload in a list; what its dialog has to know is asked for when it is opened. */
export function ActButton({ of, name, kind }: { of: string; name: string; kind: string | null }) {
  const mayAct = useMayAct();
  const { isPast } = useMoment();
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useAsk(WorkloadPage, { ref: of, at: null }, { enabled: isOpen });
  if (!mayAct || actionsOf({ kind }).length === 0) return null;
  const entity = data?.entity.entity;
  const workload = entity && "workload" in entity ? entity.workload : undefined;
  return (
    <>
      <Button
        look="plain"
        className={styles.small ?? ""}
        isDisabled={isPast}
        aria-label={isPast ? `Act on ${name}: not in the past` : `Act on ${name}…`}
        onPress={() => setOpen(true)}
      >
        Act…
      </Button>
      {error && isOpen ? <span role="alert">{error.message}</span> : null}
      {isOpen && workload && !isPast ? (
        <Acting
          of={of}
          name={name.split("/").at(-1) ?? name}
          workload={workload}
          start={{ action: "RESTART" }}
          close={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}

interface ActingProps {
  of: string;
  name: string;
  workload: State;
  start: { action: ActionKind; pod?: string };
  close: () => void;
}

function Acting({ of, name, workload, start, close }: ActingProps) {
  const { session } = useSession();
  const { now } = useMoment();
  const { href } = useLocation();
  // What is known when the dialog opens stays in it: nothing changes under the hand of whoever reads it.
  const [subject] = useState(() => subjectOf(name, workload, now));
  return (
    <ActDialog
      subject={subject}
      start={start}
      now={now}
      plan={async (wish, signal) => {
        const wanted = { workload: of, replicas: null, revision: null, pod: null, ...wish };
        return (await order(PlanAction, wanted, session?.csrf, signal)).planAction;
      }}
      perform={async (plan, reason) => (await order(PerformAction, { plan, reason }, session?.csrf)).performAction}
      record={
        <Link to="/timeline" search={{ of, facets: "action" }}>
          The record on the timeline
        </Link>
      }
      signIn={
        <Link to="/signin" search={{ to: href }}>
          Sign in again
        </Link>
      }
      close={close}
    />
  );
}

function subjectOf(name: string, workload: State, now: string): ActSubject {
  const { kind, desired, cluster, namespace, environment, region, revisions, pods } = workload;
  return {
    name,
    kind,
    desired,
    cluster,
    namespace,
    environment,
    region,
    revisions: revisions.map(({ number, current, images, created, cause }) => ({
      number,
      current,
      version: tagOf(images[0]?.image),
      age: created ? relative(created, now) : undefined,
      cause,
    })),
    pods: pods.map((pod) => ({ name: pod.name, state: pod.reason ?? (pod.ready ? "ready" : `${pod.phase}, not ready`) })),
  };
}
