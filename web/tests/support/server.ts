/** The real binary on a store of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PATIENCE_MS = 120_000;

/** A running `spot serve`. */
export interface Server {
  url: string;
  stop: () => Promise<void>;
}

interface Options {
  data: string;
  clones?: string;
  port?: number;
  config?: string;
}

/** Starts the binary on `data`, reading the clones below `clones` or what a configuration says, on this port or any free one. */
export async function start({ data, clones, port = 0, config }: Options): Promise<Server> {
  const sources = clones ? ["--git", clones, "--backfill", "2y"] : [];
  const configured = config ? ["--config", config] : [];
  const child = spawn(binary(), [...configured, "--data", data, "serve", ...sources, "--listen", `127.0.0.1:${port}`], {
    env: { PATH: process.env.PATH, HOME: data },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await addressOf(child);
  return { url, stop: () => stop(child) };
}

/** A demo company with the chat that its reports go to. */
export interface Demo extends Server {
  chat: string;
}

/** Starts a small demo company, and waits until its year has passed and its reports are sent. */
export async function startDemo(home: string): Promise<Demo> {
  const child = spawn(binary(), ["demo", "--repositories", "60", "--listen", "127.0.0.1:0"], {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [url, chat] = await Promise.all([addressOf(child), saidBy(child, /reports are in the chat at (\S+)/)]);
  return { url, chat, stop: () => stop(child) };
}

/** A server that reads and acts on the clusters of a small company, and a token of each role to sign in with. */
export interface Clusters extends Server {
  tokens: Record<"viewer" | "operator", string>;
}

/** Starts a small company's clusters and a server of their own, and waits until all have been read. */
export async function startClusters(folder: string): Promise<Clusters> {
  const env = { PATH: process.env.PATH, HOME: folder };
  const systems = spawn(binary(), ["demo", "--systems", "--repositories", "10"], { env, stdio: ["ignore", "pipe", "inherit"] });
  // Its configuration is written at once, with the clusters somewhere in it.
  const [text] = (await once(systems.stdout.setEncoding("utf8"), "data")) as [string];
  const config = join(folder, "spot.toml");
  writeFileSync(config, clustersOf(text));
  const data = join(folder, "clusters");
  const child = spawn(binary(), ["--config", config, "--data", data, "serve", "--listen", "127.0.0.1:0"], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await addressOf(child);
  const tokens = { viewer: token(data, "viewer"), operator: token(data, "operator") };
  await untilFilled(url, PATIENCE_MS, ({ lastRun }) => lastRun !== null);
  return {
    url,
    tokens,
    stop: async () => {
      await stop(child);
      await stop(systems);
    },
  };
}

/** A token of a role, of the same name, to sign in with. */
export function token(data: string, role: string): string {
  const { status, stdout, stderr } = spawnSync(binary(), ["--data", data, "token", "create", role, "--role", role], {
    env: { PATH: process.env.PATH, HOME: data },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`spot token create: ${stderr}`);
  return stdout.trim();
}

/** The tables of a configuration that are about clusters, and what stands before all tables. */
function clustersOf(configuration: string): string {
  const [before, ...tables] = configuration.split(/^(?=\[)/m);
  return [before, ...tables.filter((table) => /^\[+kubernetes\b/.test(table))].join("");
}

/** The binary that is tested. */
export function binary(): string {
  const path = process.env.SPOT_BINARY ?? fileURLToPath(new URL("../../../target/debug/spot", import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is not built; run: cargo build`);
  return path;
}

function addressOf(child: ChildProcess): Promise<string> {
  return saidBy(child, /answers at (\S+)/);
}

/** What the process says on a line like this: its first group, or all of it. */
function saidBy(child: ChildProcess, line: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    child.once("exit", (code) => reject(new Error(`spot ended with ${code}: ${said.join("\n")}`)));
    if (!child.stderr) return;
    createInterface({ input: child.stderr }).on("line", (text) => {
      if (said.length < 1_000) said.push(text);
      const found = line.exec(text);
      if (found) resolve(found[1] ?? found[0]);
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
  collectors: Idler[];
}

interface Idler {
  running: unknown;
  lastRun: { trigger: string } | null;
}

/** Waits until every source has been read, its past too unless something else is asked for. */
export async function untilFilled(
  url: string,
  patience = PATIENCE_MS,
  isFilled: (of: Idler) => boolean = ({ running, lastRun }) => running === null && lastRun?.trigger === "BACKFILL",
): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    const { collectors } = await ask<Idle>(url, "{ collectors { running { source } lastRun { trigger } } }");
    if (collectors.length > 0 && collectors.every(isFilled)) return;
    if (Date.now() > deadline) throw new Error(`the past is not filled in after ${patience / 1000} s: ${JSON.stringify(collectors)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
