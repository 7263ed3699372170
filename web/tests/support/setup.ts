import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./company";
import { fill } from "./runtime";
import { start, startDemo, untilFilled } from "./server";

/** Builds the company and a store from its history, and lets the demo company's year pass, once for all tests; they only read. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "spot-web-"));
  const clones = join(folder, "clones");
  build(clones, new Date());
  const server = await start({ data: join(folder, "data"), clones });
  await untilFilled(server.url);
  process.env.SPOT_COMPANY = server.url;
  const runtimeData = join(folder, "runtime");
  fill(runtimeData, new Date());
  const runtime = await start({ data: runtimeData });
  process.env.SPOT_RUNTIME = runtime.url;
  const demo = await startDemo(folder);
  process.env.SPOT_DEMO = demo.url;
  process.env.SPOT_CHAT = demo.chat;
  return async () => {
    await demo.stop();
    await runtime.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
