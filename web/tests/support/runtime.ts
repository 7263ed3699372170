/**
 * What runs where, as an export that any version imports: services in two environments and three regions with a month of
 * deployments, the clusters that run them, who needs whom, configuration, pages, pull requests and pipelines. It holds one
 * of each state that the pages tell apart.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary } from "./server";

type Fields = Record<string, unknown>;

interface Resource {
  no: number;
  source: string;
  scope: string;
  kind: string;
  id: string;
}

const DAY = 86_400;
const REGIONS = ["eu-central", "us-east", "ap-south"];
const CLUSTERS: [name: string, environment: string, region: string][] = [
  ["eu-prod", "production", "eu-central"],
  ["us-prod", "production", "us-east"],
  ["ap-prod", "production", "ap-south"],
  ["eu-staging", "staging", "eu-central"],
];
/** Services with their team and what they need. */
const SERVICES: Record<string, { team: string; needs: string[]; title?: string }> = {
  gateway: { team: "shop", needs: ["checkout", "cart", "search"], title: "Gateway" },
  checkout: { team: "shop", needs: ["ledger", "cart"], title: "Checkout" },
  cart: { team: "shop", needs: ["search"] },
  search: { team: "shop", needs: [] },
  ledger: { team: "payments", needs: ["payouts"] },
  payouts: { team: "payments", needs: ["ledger"] },
  invoicing: { team: "payments", needs: ["ledger"] },
  reporting: { team: "data", needs: ["ledger", "search"] },
};

/** Writes the store of the company into `data`. */
export function fill(data: string, now: Date): void {
  mkdirSync(data, { recursive: true });
  const file = join(data, "..", `${data.split("/").at(-1) ?? "data"}.jsonl`);
  writeFileSync(file, exportOf(now));
  const { status, stderr } = spawnSync(binary(), ["--data", data, "import", file], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: data },
  });
  if (status !== 0) throw new Error(`spot import: ${stderr}`);
}

/** The whole export, one commit a line. */
export function exportOf(now: Date): string {
  const end = Math.floor(now.getTime() / 1000);
  const at = (secondsAgo: number): string => new Date((end - Math.round(secondsAgo)) * 1000).toISOString().replace(".000Z", "Z");
  const resources: Resource[] = [];
  const streams: Fields[] = [];
  const entities: Fields[] = [];
  const links: Fields[] = [];
  const versions: (Fields & { stream: number })[] = [];
  const numbers = new Map<string, number>();

  const resource = (source: string, kind: string, id: string, scope: string, reference: string): number => {
    const known = numbers.get(`${source} ${id}`);
    if (known !== undefined) return known;
    const no = resources.length + 1;
    resources.push({ no, source, scope, kind, id });
    numbers.set(`${source} ${id}`, no);
    let entity = numbers.get(reference);
    if (entity === undefined) {
      entity = entities.length + 1;
      entities.push({ id: entity, kind, ref: reference });
      numbers.set(reference, entity);
    }
    links.push({ resource: no, entity, rule: "ref" });
    return no;
  };
  const state = (of: number, facet: string, origin: string, body: Fields, secondsAgo: number): void => {
    const stream = streams.length + 1;
    streams.push({ no: stream, resource: of, facet, origin });
    versions.push({ stream, at: at(secondsAgo), body, seam: true });
  };
  const described = 40 * DAY;
  const seen = 300;

  for (const team of ["shop", "payments", "data"]) {
    const of = resource("git", "team", `org#team:${team}`, "org", `team:${team}`);
    state(of, "general", "catalog-info.yaml", { ref: `team:${team}`, type: "team", status: "active" }, described);
  }
  for (const [name, environment, region] of CLUSTERS) {
    const of = resource(`k8s-${name}`, "cluster", name, name, `cluster:${name}`);
    state(of, "general", name, { ref: `cluster:${name}`, type: "kubernetes" }, described);
    const nodes = { [`${region}-1a`]: 4, [`${region}-1b`]: 3 };
    state(
      of,
      "kubernetes",
      name,
      {
        version: name === "ap-prod" ? "v1.31.4" : "v1.33.2",
        region,
        environment,
        datacenter: `${region}-1`,
        zones: Object.keys(nodes),
        nodes,
      },
      described,
    );
  }
  for (const [name, { team, needs, title }] of Object.entries(SERVICES)) {
    const repository = resource("git", "repository", name, "acme", `repository:acme/${name}`);
    state(repository, "general", "repository", { ref: `repository:acme/${name}`, owner: [`team:${team}`], status: "active" }, described);
    state(
      repository,
      "documentation",
      "repository",
      { documents: { "README.md": { blob: "d4ad9eb63801f229e7ee43222199d63a97289eac", format: "markdown", title: title ?? name } } },
      described,
    );
    const service = resource("git", "service", `${name}#service:${name}`, name, `service:${name}`);
    state(
      service,
      "general",
      "catalog-info.yaml",
      {
        ref: `service:${name}`,
        owner: [`team:${team}`],
        type: "service",
        lifecycle: "production",
        status: "active",
        repository: `repository:acme/${name}`,
        ...(title ? { title } : {}),
      },
      described,
    );
    state(
      service,
      "relations",
      "catalog-info.yaml",
      { dependsOn: Object.fromEntries(needs.map((other) => [`service:${other}`, true])) },
      described,
    );
    runs(name);
  }

  /** The workloads of a service, one a cluster; of reporting nothing runs. */
  function runs(name: string): void {
    if (name === "reporting") return;
    const places: Fields = {};
    for (const [cluster, environment, region] of CLUSTERS) {
      const reference = `workload:${cluster}/apps/${name}`;
      const of = resource(`k8s-${cluster}`, "workload", `${cluster}/apps/${name}`, cluster, reference);
      const isBad = name === "ledger" && cluster === "us-prod";
      const desired = environment === "staging" ? 1 : 3;
      const ready = isBad ? 1 : desired;
      const version = cluster === "ap-prod" && name === "checkout" ? "2.3.0" : versionOf(name);
      const image = `registry.example/acme/${name}:${version}`;
      places[reference] = { cluster, region, environment, namespace: "apps" };
      const pods = Array.from({ length: desired }, (_, place) => [
        `${name}-7d9f8b6c5-${"abcde"[place] ?? "x"}${place}k2p`,
        {
          phase: isBad && place > 0 ? "Pending" : "Running",
          ready: !(isBad && place > 0),
          restarts: isBad ? 14 : place === 2 ? 1 : 0,
          node: `node-${place + 1}.${cluster}.example`,
          zone: `${region}-1${"ab"[place % 2]}`,
          revision: `${name}-7d9f8b6c5`,
          created: at(2 * DAY + place * 60),
          ...(isBad && place > 0 ? { reason: "CrashLoopBackOff" } : {}),
        },
      ]);
      state(of, "general", cluster, { ref: reference, type: "Deployment", owner: [`team:${SERVICES[name]?.team}`] }, described);
      state(
        of,
        "kubernetes",
        cluster,
        {
          cluster,
          region,
          environment,
          namespace: "apps",
          name,
          kind: "Deployment",
          desired,
          replicas: desired,
          ready,
          updated: desired,
          images: { [name]: image, proxy: "registry.example/mesh/proxy:1.29" },
          version,
          revision: 14,
          restarts: isBad ? 42 : 1,
          requests: { cpuMillis: 250, memoryBytes: 268_435_456 },
          limits: { memoryBytes: 536_870_912 },
          hosts: environment === "production" && name === "gateway" ? ["shop.example", "www.shop.example"] : [],
          ...(name === "gateway" ? { autoscaling: { name: "gateway", min: 2, max: 12 } } : {}),
          ...(isBad
            ? {
                conditions: {
                  Progressing: {
                    reason: "ProgressDeadlineExceeded",
                    message: `ReplicaSet "${name}-7d9f8b6c5" has timed out progressing.`,
                    since: at(7_200),
                  },
                },
              }
            : {}),
          revisions: {
            "14": { images: { [name]: image }, created: at(2 * DAY), name: `${name}-7d9f8b6c5`, cause: `release ${version}` },
            "13": { images: { [name]: `registry.example/acme/${name}:2.3.0` }, created: at(9 * DAY), name: `${name}-5c4d9` },
            "12": { images: { [name]: `registry.example/acme/${name}:2.2.7` }, created: at(16 * DAY), name: `${name}-58b77` },
          },
          pods: Object.fromEntries(pods),
          phases: isBad ? { Running: 1, Pending: 2 } : { Running: desired },
        },
        described,
      );
    }
    const of = resource("git", "service", `${name}#service:${name}`, name, `service:${name}`);
    state(of, "kubernetes", "workloads", { workloads: places }, described);
    if (name === "ledger" || name === "cart") configured(name);
  }

  function configured(name: string): void {
    const of = resource("consul", "service", `eu/${name}`, "eu", `service:${name}`);
    state(
      of,
      "configuration",
      "eu",
      {
        instances: { eu: { count: 3, nodes: { "node-1": 2, "node-2": 1 } }, us: { count: 2, nodes: { "node-9": 2 } } },
        health: { eu: "passing", us: name === "ledger" ? "critical" : "passing" },
        ...(name === "ledger"
          ? { failing: { "us/http": "critical" }, outputs: { "us/http": "HTTP GET http://10.0.0.9/health: 503" } }
          : {}),
        tags: { eu: ["v2", "primary"] },
        keys: { "eu/db/host": true, "eu/db/pool": true, "eu/limits/daily": true, "us/db/host": true },
      },
      described,
    );
    state(of, "relations", "eu", { calls: { "consul#eu/cart": { by: "intention", action: "allow" } } }, described);
    const page = resource("confluence", "service", `pages:${name}`, "DOCS", `service:${name}`);
    state(
      page,
      "documentation",
      "DOCS",
      {
        pages: {
          "1001": {
            title: `${name}: runbook`,
            space: "Operations",
            url: `https://wiki.acme.example/pages/1001`,
            editedAt: at(400 * DAY),
            editor: "Ada Ahlgren",
          },
          "1002": {
            title: `${name}: how it works`,
            space: "Engineering",
            url: `https://wiki.acme.example/pages/1002`,
            editedAt: at(12 * DAY),
            editor: "Bo Berg",
          },
        },
      },
      described,
    );
  }

  const events = deployments(resource, at).sort((one, other) => (String(one.at) < String(other.at) ? -1 : 1));
  const run = (source: string, secondsAgo: number, scope: string): Fields => ({
    source,
    trigger: "schedule",
    started: at(secondsAgo + 4),
    ended: at(secondsAgo),
    outcome: "succeeded",
    intervalSeconds: 3600,
    extents: [{ scope, reading: "full" }],
    statements: 10,
    written: 0,
    requests: 3,
    problemCount: 0,
  });
  const commits: Fields[] = [
    { at: at(described + 60), layer: "observed", policy: { zone: "UTC", precedence: {} } },
    { at: at(described), layer: "observed", resources, streams, entities, links, versions },
    { at: at(seen + 90), layer: "observed", events },
    // Of one cluster nothing has been heard for three days.
    { at: at(seen + 80), layer: "observed", run: run("git", seen + 80, "acme") },
    ...CLUSTERS.filter(([name]) => name !== "ap-prod").map(([name], place) => ({
      at: at(seen + 70 - place),
      layer: "observed",
      run: run(`k8s-${name}`, seen + 70 - place, name),
    })),
    { at: at(seen + 60), layer: "observed", run: run("consul", seen + 60, "eu") },
  ];
  commits.splice(2, 0, { at: at(3 * DAY), layer: "observed", run: run("k8s-ap-prod", 3 * DAY, "ap-prod") });
  return `${commits.map((commit, place) => JSON.stringify({ number: place + 1, ...commit })).join("\n")}\n`;
}

function versionOf(name: string): string {
  return name === "search" ? "1.9.1" : "2.4.0";
}

/** What was deployed, proposed and run. */
function deployments(
  resource: (source: string, kind: string, id: string, scope: string, reference: string) => number,
  at: (secondsAgo: number) => string,
): Fields[] {
  const events: Fields[] = [];
  const deploy = (
    service: string,
    environment: string,
    region: string,
    version: string,
    secondsAgo: number,
    state = "success",
    more: Fields = {},
  ): void => {
    const of = resource("github", "service", `deploys:acme/${service}`, `acme/${service}`, `service:${service}`);
    const took = state === "in_progress" ? undefined : 240 + (secondsAgo % 90);
    events.push({
      resource: of,
      kind: "deployment",
      id: `${service}-${environment}-${region}-${secondsAgo}`,
      at: at(secondsAgo),
      ...(took === undefined ? {} : { ended: at(secondsAgo - took) }),
      history: [{ at: at(secondsAgo), state: "in_progress" }, ...(took === undefined ? [] : [{ at: at(secondsAgo - took), state }])],
      body: {
        environment,
        region,
        version,
        commit: commitOf(`${service}${version}`),
        by: service.length % 2 === 0 ? "ada" : "bo",
        pullRequest: 120,
        log: `https://ci.acme.example/${service}/log`,
        ...more,
      },
      check: `https://github.example/acme/${service}/deployments`,
    });
  };
  const day = DAY;
  for (const service of Object.keys(SERVICES)) {
    const old = service === "search" ? ["1.8.0", "1.9.0", "1.9.1"] : ["2.2.7", "2.3.0", "2.4.0"];
    old.forEach((version, step) => {
      const ago = (30 - step * 12) * day + service.length * 600;
      deploy(service, "staging", "eu-central", version, ago + 7_200);
      REGIONS.forEach((region, place) => {
        // Checkout did not come to the last region, payouts not beyond the first.
        if (step === 2 && ((service === "checkout" && place === 2) || (service === "payouts" && place > 0))) return;
        deploy(service, "production", region, version, ago - place * 900);
      });
    });
  }
  deploy("checkout", "production", "ap-south", "2.4.0", 3 * day, "failure", { description: "health check failed" });
  deploy("cart", "production", "us-east", "2.5.0", 5 * day);
  deploy("cart", "production", "us-east", "2.4.0", 4 * day, "success", { rollback: true, description: "back: too slow" });
  deploy("ledger", "production", "us-east", "2.5.0", 600, "in_progress");
  deploy("gateway", "staging", "eu-central", "2.5.0", 900);
  deploy("invoicing", "staging", "eu-central", "2.5.0", 1_200, "failure");
  for (const [service, title, secondsAgo, state] of [
    ["ledger", "Post in batches", 4 * day, "open"],
    ["ledger", "Name accounts by region", 26 * 3_600, "reviewed"],
    ["ledger", "Close the books faster", 8 * day, "merged"],
  ] as const) {
    events.push({
      resource: resource("git", "repository", service, "acme", `repository:acme/${service}`),
      kind: "pull_request",
      id: title,
      at: at(secondsAgo),
      ...(state === "merged" ? { ended: at(secondsAgo - 5_000) } : {}),
      history: [{ at: at(secondsAgo), state: "open" }, ...(state === "open" ? [] : [{ at: at(secondsAgo - 5_000), state }])],
      body: {
        number: 100 + title.length,
        title,
        author: "cy",
        base: "main",
        additions: 120,
        deletions: 14,
        reviewers: state === "open" ? [] : ["ada"],
      },
      check: `https://github.example/acme/${service}/pull/${100 + title.length}`,
    });
  }
  ["success", "failure", "success", "success"].forEach((state, place) => {
    const secondsAgo = 2_000 + place * 40_000;
    events.push({
      resource: resource("git", "repository", "ledger", "acme", "repository:acme/ledger"),
      kind: "pipeline_run",
      id: `run-${place}`,
      at: at(secondsAgo),
      ended: at(secondsAgo - 260),
      history: [
        { at: at(secondsAgo), state: "in_progress" },
        { at: at(secondsAgo - 260), state },
      ],
      body: { name: "CI", number: 900 - place, branch: "main", commit: commitOf(`run${place}`), trigger: "push", by: "cy" },
      check: "https://github.example/acme/ledger/actions",
    });
  });
  return events;
}

/** Forty digits that follow from a text. */
function commitOf(text: string): string {
  let value = 2_166_136_261;
  let digits = "";
  for (let place = 0; digits.length < 40; place += 1) {
    value = Math.imul(value ^ text.charCodeAt(place % text.length), 16_777_619) >>> 0;
    digits += value.toString(16).padStart(8, "0");
  }
  return digits.slice(0, 40);
}
