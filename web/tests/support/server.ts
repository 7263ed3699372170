/** The real binary on a store of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PATIENCE_MS = 120_000;

/** A running `spot serve`. */
export interface Server {
  url: string;
  stop: () => Promise<void>;
}

/** Starts the binary on `data`, reading the clones below `clones`, on this port or any free one. */
export async function start({ data, clones, port = 0 }: { data: string; clones?: string; port?: number }): Promise<Server> {
  const binary = process.env.SPOT_BINARY ?? fileURLToPath(new URL("../../../target/debug/spot", import.meta.url));
  if (!existsSync(binary)) throw new Error(`${binary} is not built; run: cargo build`);
  const sources = clones ? ["--git", clones, "--backfill", "2y"] : [];
  const child = spawn(binary, ["--data", data, "serve", ...sources, "--listen", `127.0.0.1:${port}`], {
    env: { PATH: process.env.PATH, HOME: data },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await addressOf(child);
  return { url, stop: () => stop(child) };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    child.once("exit", (code) => reject(new Error(`spot ended with ${code}: ${said.join("\n")}`)));
    if (!child.stderr) return;
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const found = /answers at (\S+)/.exec(line)?.[1];
      if (found) resolve(found);
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

/** Asks a question outside of any page. */
export async function ask<Data>(url: string, query: string): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] };
  if (errors) throw new Error(errors.map(({ message }) => message).join("; "));
  return data;
}

interface Idle {
  collectors: { running: unknown; lastRun: { trigger: string } | null }[];
}

/** Waits until every source has been read, its past too. */
export async function untilFilled(url: string, patience = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    const { collectors } = await ask<Idle>(url, "{ collectors { running { source } lastRun { trigger } } }");
    if (collectors.length > 0 && collectors.every(({ running, lastRun }) => running === null && lastRun?.trigger === "BACKFILL")) return;
    if (Date.now() > deadline) throw new Error(`the past is not filled in after ${patience / 1000} s: ${JSON.stringify(collectors)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
