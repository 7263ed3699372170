// @vitest-environment jsdom
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AskError } from "../../../api/client";
import type { ActionKind } from "../../../api/generated";
import type { Wish } from "../../../lib/act";
import { ActDialog, type ActSubject, type Plan, type Result } from "./ActDialog";

afterEach(cleanup);
// jsdom has none; the names here need no escaping.
vi.stubGlobal("CSS", { escape: (text: string) => text });

const NOW = "2026-03-03T10:00:00Z";

const ledger: ActSubject = {
  name: "ledger",
  kind: "Deployment",
  desired: 3,
  cluster: "us-prod",
  namespace: "apps",
  environment: "production",
  region: "us-east",
  revisions: [
    { number: 14, current: true, version: "2.5.0", age: "2 days ago", cause: "release 2.5.0" },
    { number: 13, current: false, version: "2.4.0", age: "9 days ago", cause: null },
    { number: 12, current: false, version: "2.3.0", age: "16 days ago", cause: null },
  ],
  pods: [
    { name: "ledger-a", state: "ready" },
    { name: "ledger-b", state: "CrashLoopBackOff" },
  ],
};

const planned: Plan = {
  id: "plan-1",
  detail: "to revision 13",
  differences: [{ path: "spec.template.spec.containers[app].image", before: '"ledger:2.5.0"', after: '"ledger:2.4.0"' }],
  warnings: ["Argo CD manages it as ledger and may set it back: change the repository as well"],
  expires: "2026-03-03T10:05:00Z",
};

interface Given {
  action?: ActionKind;
  pod?: string;
  subject?: Partial<ActSubject>;
  plan?: (wish: Wish) => Promise<Plan>;
  perform?: (plan: string, reason: string) => Promise<Result>;
}

type Doing = Pick<Parameters<typeof ActDialog>[0], "subject" | "start" | "plan" | "perform">;

function Page(doing: Doing) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Open
      </button>
      {isOpen ? (
        <ActDialog
          {...doing}
          now={NOW}
          record={<a href="/timeline">The record on the timeline</a>}
          signIn={<a href="/signin">Sign in again</a>}
          close={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}

function show({ action = "ROLL_BACK", pod, subject, plan, perform }: Given = {}) {
  const plans = vi.fn(plan ?? (async () => planned));
  const performs = vi.fn(perform ?? (async (): Promise<Result> => ({ id: "record-1", state: "SUCCEEDED", message: null })));
  const start = pod === undefined ? { action } : { action, pod };
  render(<Page subject={{ ...ledger, ...subject }} start={start} plan={plans} perform={performs} />);
  return { plans, performs };
}

const dialog = () => screen.getByRole("dialog");
const doIt = (name: RegExp) => within(dialog()).getByRole("button", { name });
const why = () => screen.getByRole("textbox", { name: "Why" });

async function open() {
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Open" }));
  return user;
}

describe("before it is done", () => {
  it("names cluster, namespace and workload, what will change, and what to know before", async () => {
    const { plans, performs } = show();
    await open();
    for (const text of ["us-prod", "production · us-east", "apps", "ledger"]) expect(dialog().textContent).toContain(text);
    expect(await screen.findByText("To revision 13.")).toBeTruthy();
    const change = screen.getByText("spec.template.spec.containers[app].image").closest("li");
    expect(change?.textContent).toContain("ledger:2.5.0");
    expect(change?.textContent).toContain("ledger:2.4.0");
    expect(screen.getByRole("list", { name: "To know before" }).textContent).toContain("Argo CD manages it as ledger");
    expect(plans.mock.calls.map(([wish]) => wish)).toEqual([{ action: "ROLL_BACK", revision: 13 }]);
    expect(performs).not.toHaveBeenCalled();
  });

  it("plans anew for another revision and another action", async () => {
    const { plans } = show();
    const user = await open();
    await user.selectOptions(screen.getByRole("combobox", { name: "To revision" }), "12");
    await user.click(screen.getByRole("radio", { name: "Delete a pod" }));
    await user.selectOptions(screen.getByRole("combobox", { name: "Pod" }), "ledger-b");
    await screen.findByText("To revision 13.");
    expect(plans.mock.calls.at(-1)?.[0]).toEqual({ action: "DELETE_POD", pod: "ledger-b" });
    expect(plans.mock.calls.map(([wish]) => wish)).toContainEqual({ action: "ROLL_BACK", revision: 12 });
    expect(doIt(/^Delete ledger-b$/)).toBeTruthy();
  });

  it("begins with the pod beside which it was opened", async () => {
    const { plans } = show({ action: "DELETE_POD", pod: "ledger-b" });
    await open();
    await screen.findByText("To revision 13.");
    expect(plans.mock.calls[0]?.[0]).toEqual({ action: "DELETE_POD", pod: "ledger-b" });
  });

  it("does not ask for a number of pods that it has already", async () => {
    const { plans } = show({ action: "SCALE" });
    const user = await open();
    expect(screen.getByText(/It has 3 now/)).toBeTruthy();
    expect(doIt(/Scale ledger/).hasAttribute("disabled")).toBe(true);
    const pods = screen.getByRole("spinbutton", { name: "Pods" });
    await user.clear(pods);
    await user.type(pods, "12");
    await screen.findByText("To revision 13.");
    // While the number was typed nothing was asked.
    expect(plans.mock.calls.map(([wish]) => wish)).toEqual([{ action: "SCALE", replicas: 12 }]);
    expect(doIt(/^Scale ledger to 12$/).hasAttribute("disabled")).toBe(false);
  });

  it("says what the cluster refuses, and can try again", async () => {
    let isPaused = true;
    const { plans } = show({
      action: "RESTART",
      plan: async () => {
        if (isPaused) throw new AskError("refused", "it is paused; resume it first", "ACTION_REFUSED");
        return planned;
      },
    });
    const user = await open();
    expect((await screen.findByRole("alert")).textContent).toContain("It is paused; resume it first.");
    expect(doIt(/Restart ledger/).hasAttribute("disabled")).toBe(true);
    isPaused = false;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("To revision 13.");
    expect(plans).toHaveBeenCalledTimes(2);
  });

  it("lets somebody whose session ended sign in", async () => {
    show({
      plan: async () => {
        throw new AskError("refused", "sign in first", "UNAUTHENTICATED");
      },
    });
    await open();
    expect(await screen.findByRole("link", { name: "Sign in again" })).toBeTruthy();
  });

  it("does not act on a plan that is too old", async () => {
    const { performs } = show({ plan: async () => ({ ...planned, expires: NOW }) });
    await open();
    expect(await screen.findByText(/too old by now/)).toBeTruthy();
    expect(doIt(/Roll back ledger/).hasAttribute("disabled")).toBe(true);
    expect(performs).not.toHaveBeenCalled();
  });

  it("offers only what the kind of workload allows", async () => {
    show({ action: "RESTART", subject: { kind: "DaemonSet" } });
    await open();
    expect(screen.getAllByRole("radio").map((radio) => radio.parentElement?.textContent)).toEqual(["Restart", "Roll back", "Delete a pod"]);
  });
});

describe("doing it", () => {
  it("demands a reason, and leads the reader to where it is missing", async () => {
    const { performs } = show();
    const user = await open();
    await screen.findByText("To revision 13.");
    await user.click(doIt(/^Roll back ledger to 13$/));
    expect((await screen.findByRole("alert")).textContent).toMatch(/Say why/);
    expect(document.activeElement).toBe(why());
    await user.type(why(), "too short");
    expect(screen.getByRole("alert").textContent).toMatch(/10 letters at least/);
    expect(performs).not.toHaveBeenCalled();
  });

  it("acts on the plan that was shown, tells what came of it and where the record stands", async () => {
    const { performs } = show();
    const user = await open();
    await screen.findByText("To revision 13.");
    await user.type(why(), "  2.5.0 loses postings  ");
    await user.click(doIt(/^Roll back ledger to 13$/));
    const heading = await screen.findByRole("heading", { name: "The cluster did it" });
    expect(document.activeElement).toBe(heading);
    expect(performs.mock.calls).toEqual([["plan-1", "2.5.0 loses postings"]]);
    expect(screen.getByRole("link", { name: "The record on the timeline" })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Close" }));
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("tells a refusal and a failure as such, each with its record, and can plan again", async () => {
    for (const [state, title] of [
      ["REFUSED", "It was refused"],
      ["FAILED", "It failed"],
    ] as const) {
      const { plans } = show({ perform: async () => ({ id: "record-2", state, message: "it is no longer as it was" }) });
      const user = await open();
      await screen.findByText("To revision 13.");
      await user.type(why(), "pods leak memory");
      await user.click(doIt(/^Roll back/));
      expect(await screen.findByRole("heading", { name: title })).toBeTruthy();
      expect(screen.getByRole("alert").textContent).toBe("It is no longer as it was.");
      expect(screen.getByRole("link", { name: "The record on the timeline" })).toBeTruthy();
      await user.click(screen.getByRole("button", { name: "Plan it again" }));
      await screen.findByText("To revision 13.");
      expect(plans).toHaveBeenCalledTimes(2);
      // The reason is not lost.
      expect((why() as HTMLTextAreaElement).value).toBe("pods leak memory");
      cleanup();
    }
  });

  it("does not call done what nobody knows, nor undone", async () => {
    show({
      perform: async () => {
        throw new AskError("unreachable", "The spot server does not answer.");
      },
    });
    const user = await open();
    await screen.findByText("To revision 13.");
    await user.type(why(), "pods leak memory");
    await user.click(doIt(/^Roll back/));
    expect(await screen.findByRole("heading", { name: "Nobody knows whether it was done" })).toBeTruthy();
    expect(screen.getByRole("link", { name: "The record on the timeline" })).toBeTruthy();
  });

  it("cannot be left or done twice while it goes on", async () => {
    let finish: (result: Result) => void = () => undefined;
    const { performs } = show({ perform: () => new Promise((resolve) => (finish = resolve)) });
    const user = await open();
    await screen.findByText("To revision 13.");
    await user.type(why(), "pods leak memory");
    await user.click(doIt(/^Roll back/));
    expect(doIt(/Doing it/).hasAttribute("disabled")).toBe(true);
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).not.toBeNull();
    finish({ id: "record-3", state: "SUCCEEDED", message: null });
    await screen.findByRole("heading", { name: "The cluster did it" });
    expect(performs).toHaveBeenCalledTimes(1);
  });

  it("leaves everything as it is when it is closed with Escape", async () => {
    const { performs } = show();
    const user = await open();
    await screen.findByText("To revision 13.");
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(performs).not.toHaveBeenCalled();
  });
});
