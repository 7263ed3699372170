import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./company";
import { start, untilFilled } from "./server";

/** Builds the company and a store from its history once for all tests; they only read it. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "spot-web-"));
  const clones = join(folder, "clones");
  build(clones, new Date());
  const server = await start({ data: join(folder, "data"), clones });
  await untilFilled(server.url);
  process.env.SPOT_COMPANY = server.url;
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
