/** Acting on workloads: what can be done to which, what has to be said first, and what a plan says. */
import type { ActionKind } from "../api/generated";

/** What a dialog has to know of a workload. */
export interface Actable {
  kind: string | null;
  desired: number | null;
  revisions: readonly { number: number; current: boolean }[];
  pods: readonly { name: string }[];
}

/** What is to be done, as it is asked of the server. */
export interface Wish {
  action: ActionKind;
  replicas?: number;
  revision?: number;
  pod?: string;
}

/** Kinds of workloads that can be acted on. */
const ACTED_ON = ["Deployment", "StatefulSet", "DaemonSet"];

/** `Roll back`. */
export const ACTION_NAMES: Record<ActionKind, string> = {
  RESTART: "Restart",
  SCALE: "Scale",
  ROLL_BACK: "Roll back",
  DELETE_POD: "Delete a pod",
};

/** What each action does, in a sentence. */
export const ACTION_MEANINGS: Record<ActionKind, string> = {
  RESTART: "All its pods are replaced, in its own manner.",
  SCALE: "It gets another number of pods.",
  ROLL_BACK: "It goes back to the pod template of an earlier revision.",
  DELETE_POD: "One pod goes, and another takes its place.",
};

/** What can be done to a workload, as far as its kind says; of a list that is not known yet nothing is left out. */
export function actionsOf({ kind, revisions, pods }: Pick<Actable, "kind"> & Partial<Actable>): ActionKind[] {
  if (kind === null || !ACTED_ON.includes(kind)) return [];
  const actions: ActionKind[] = ["RESTART"];
  if (kind !== "DaemonSet") actions.push("SCALE");
  if (revisions === undefined || revisions.some(({ current }) => !current)) actions.push("ROLL_BACK");
  if (pods === undefined || pods.length > 0) actions.push("DELETE_POD");
  return actions;
}

/** What is wished for at first: to go back to the revision before this one, to scale from where it is. */
export function firstWish(action: ActionKind, { desired, revisions, pods }: Actable, pod?: string): Wish {
  switch (action) {
    case "RESTART":
      return { action };
    case "SCALE":
      return { action, replicas: desired ?? 1 };
    case "ROLL_BACK": {
      const earlier = revisions.filter(({ current }) => !current).sort((one, other) => other.number - one.number)[0];
      return earlier ? { action, revision: earlier.number } : { action };
    }
    case "DELETE_POD": {
      const name = pod ?? pods[0]?.name;
      return name === undefined ? { action } : { action, pod: name };
    }
  }
}

/** What is still to be chosen before anything can be planned; nothing if all is said. */
export function missingOf(wish: Wish, { desired }: Pick<Actable, "desired">): string | undefined {
  if (wish.action === "SCALE") {
    if (wish.replicas === undefined || !Number.isInteger(wish.replicas) || wish.replicas < 0) return "Say how many pods it shall have.";
    if (wish.replicas === desired) return `It has ${desired} now. Say how many it shall have.`;
  }
  if (wish.action === "DELETE_POD" && wish.pod === undefined) return "Choose a pod.";
  return undefined;
}

const LEAST = 10;
const MOST = 500;

/** What is wrong with a reason; nothing if it will do. Letters are counted as the server counts them. */
export function reasonProblem(reason: string): string | undefined {
  const letters = [...reason.trim()].length;
  if (letters === 0) return "Say why. Others will read it beside what you did.";
  if (letters < LEAST) return `Say a little more: ${LEAST} letters at least.`;
  if (letters > MOST) return `That is ${letters} letters; ${MOST} at most.`;
  return undefined;
}

/** A value of a plan as a person reads it; `undefined` for one that is not there. */
export function plannedValue(json: string | null): string | undefined {
  if (json === null) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "string" ? value : JSON.stringify(value);
  } catch {
    return json;
  }
}

/** `Roll back ledger to revision 12`: what the button does. */
export function orderText({ action, replicas, revision, pod }: Wish, name: string): string {
  switch (action) {
    case "RESTART":
      return `Restart ${name}`;
    case "SCALE":
      return replicas === undefined ? `Scale ${name}` : `Scale ${name} to ${replicas}`;
    case "ROLL_BACK":
      return revision === undefined ? `Roll back ${name}` : `Roll back ${name} to ${revision}`;
    case "DELETE_POD":
      return pod === undefined ? "Delete the pod" : `Delete ${pod}`;
  }
}
