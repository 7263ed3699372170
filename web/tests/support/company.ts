/**
 * A small company as git repositories with eighteen months of history that end today: what the browser tests look at.
 *
 * Everything follows from the moment it is given, so that two runs on one day build the same commits.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** A commit: how many days ago, what it says, and the files it writes (or deletes, by null). */
interface Commit {
  daysAgo: number;
  message: string;
  author?: string;
  files: Record<string, string | null>;
}

/** A repository: its name and its commits, oldest first. */
interface Repository {
  name: string;
  commits: Commit[];
}

/** Writes every repository of the company as a bare clone below `folder`. */
export function build(folder: string, now: Date): void {
  for (const repository of [...company(), ...storefront()]) write(folder, repository, now);
}

/**
 * Forty repositories with `entities` services in all, whose descriptors change `changes` times within a year: for tests of
 * size. Each repository has a commit every twentieth day.
 */
export function buildLarge(folder: string, now: Date, entities: number, changes: number): void {
  const [repositories, every, days, perFile] = [40, 20, 360, 10];
  const inEach = entities / repositories;
  const commitsEach = days / every;
  const inCommit = Math.ceil(changes / repositories / commitsEach);
  for (let place = 0; place < repositories; place += 1) {
    const steps = new Map<number, number>();
    const file = (part: number): string =>
      Array.from({ length: perFile }, (_, index) => part * perFile + index)
        .filter((index) => index < inEach)
        .map((index) => {
          const [number, step] = [place * inEach + index, steps.get(index) ?? 0];
          return component({
            name: `service-${String(number).padStart(5, "0")}`,
            owner: `team-${String((number + step) % repositories).padStart(2, "0")}`,
            type: ["service", "library", "website", "job"][number % 4] ?? "service",
            description: `Does part ${number} of the work`,
          });
        })
        .join("---\n");
    const parts = Array.from({ length: Math.ceil(inEach / perFile) }, (_, part) => part);
    const written = (of: Iterable<number>) => Object.fromEntries([...of].map((part) => [`part-${part}/catalog-info.yaml`, file(part)]));
    const commits: Commit[] = [{ daysAgo: 400, message: "Describe everything", files: written(parts) }];
    for (let commit = 0; commit < commitsEach; commit += 1) {
      const touched = new Set<number>();
      for (let change = 0; change < inCommit; change += 1) {
        const index = ((commit * inCommit + change) * 37) % inEach;
        steps.set(index, (steps.get(index) ?? 0) + 1);
        touched.add(Math.floor(index / perFile));
      }
      commits.push({ daysAgo: days - commit * every - (place % every), message: "Move work", files: written(touched) });
    }
    write(folder, { name: `part-${String(place).padStart(2, "0")}`, commits }, now);
  }
}

function write(folder: string, repository: Repository, now: Date): void {
  const path = join(folder, repository.name);
  mkdirSync(path, { recursive: true });
  git(path, ["init", "--quiet", "--bare", "--initial-branch=main"]);
  const parts: string[] = [];
  for (const commit of repository.commits) {
    const at = Math.floor(now.getTime() / 1000) - commit.daysAgo * 86_400;
    const author = commit.author ?? "Ada Ahlgren";
    const who = `${author} <${author.toLowerCase().replaceAll(" ", ".")}@acme.example> ${String(at)} +0000`;
    parts.push(`commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n${data(commit.message)}`);
    for (const [name, content] of Object.entries(commit.files)) {
      parts.push(content === null ? `D ${name}\n` : `M 100644 inline ${name}\n${data(content)}`);
    }
    parts.push("\n");
  }
  git(path, ["fast-import", "--quiet"], parts.join(""));
}

function data(text: string): string {
  return `data ${String(Buffer.byteLength(text))}\n${text}\n`;
}

function git(cwd: string, args: string[], input?: string): void {
  const { status, stderr } = spawnSync("git", args, { cwd, input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
}

interface Component {
  name: string;
  owner: string;
  type?: string;
  lifecycle?: string;
  description?: string;
  title?: string;
  system?: string;
  tags?: string[];
  dependsOn?: string[];
  provides?: string[];
  consumes?: string[];
  links?: [string, string][];
}

function component(of: Component): string {
  const list = (name: string, items: string[] | undefined): string =>
    items && items.length > 0 ? `  ${name}: [${items.join(", ")}]\n` : "";
  const links = (of.links ?? []).map(([title, url]) => `    - { title: ${title}, url: "${url}" }\n`).join("");
  return (
    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n" +
    `  name: ${of.name}\n` +
    (of.title ? `  title: ${JSON.stringify(of.title)}\n` : "") +
    (of.description ? `  description: ${JSON.stringify(of.description)}\n` : "") +
    (of.tags ? `  tags: [${of.tags.join(", ")}]\n` : "") +
    (links ? `  links:\n${links}` : "") +
    `spec:\n  type: ${of.type ?? "service"}\n  lifecycle: ${of.lifecycle ?? "production"}\n  owner: ${of.owner}\n` +
    (of.system ? `  system: ${of.system}\n` : "") +
    list("dependsOn", of.dependsOn) +
    list("providesApis", of.provides) +
    list("consumesApis", of.consumes)
  );
}

function api(name: string, type: string, owner: string, definition: string, system: string): string {
  return (
    `apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata:\n  name: ${name}\n` +
    `spec:\n  type: ${type}\n  lifecycle: production\n  owner: ${owner}\n  system: ${system}\n  definition:\n    $text: ${definition}\n`
  );
}

function group(name: string, type: string, parent: string | undefined, title: string): string {
  return (
    `apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: ${name}\n  description: ${JSON.stringify(title)}\n` +
    `spec:\n  type: ${type}\n  profile: { displayName: ${JSON.stringify(title)}, email: ${name}@acme.example }\n` +
    (parent ? `  parent: ${parent}\n` : "") +
    "  children: []\n"
  );
}

function user(name: string, display: string, teams: string[]): string {
  return (
    `apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: ${name}\n` +
    `spec:\n  profile: { displayName: ${display}, email: ${name}@acme.example }\n  memberOf: [${teams.join(", ")}]\n`
  );
}

function system(name: string, owner: string, description: string, domain: string): string {
  return (
    `apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: ${name}\n  description: ${JSON.stringify(description)}\n` +
    `spec:\n  owner: ${owner}\n  domain: ${domain}\n`
  );
}

function domain(name: string, owner: string): string {
  return `apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata:\n  name: ${name}\nspec:\n  owner: ${owner}\n`;
}

function lockfile(packages: Record<string, string>): string {
  const entries = Object.entries(packages).map(([name, version]) => [`node_modules/${name}`, { version }] as const);
  return JSON.stringify(
    { name: "app", lockfileVersion: 3, packages: { "": { dependencies: {} }, ...Object.fromEntries(entries) } },
    null,
    1,
  );
}

function manifest(name: string, packages: Record<string, string>): string {
  const dependencies = Object.fromEntries(Object.entries(packages).map(([key, version]) => [key, `^${version}`]));
  return JSON.stringify({ name, version: "1.0.0", license: "MIT", dependencies }, null, 2);
}

function cargoLock(packages: Record<string, string>): string {
  const entries = Object.entries(packages).map(
    ([name, version]) => `[[package]]\nname = "${name}"\nversion = "${version}"\nsource = "registry+https://registry.example/index"\n`,
  );
  return `version = 4\n\n${entries.join("\n")}`;
}

const ledgerReadme = `# Ledger

The one place where money moves: a double-entry ledger with an append-only journal.

| account | kind | currency |
| --- | --- | --- |
| \`cash\` | asset | EUR |
| \`receivables\` | asset | EUR |

- [x] Idempotent postings
- [ ] Multi-currency, see [the runbook](docs/runbook.md)

\`\`\`rust
let posting = Posting::new("cash", "receivables", Money::eur(1_200));
ledger.post(&posting)?;
\`\`\`

<script>window.spotWasTricked = true</script>
<img src="x" onerror="window.spotWasTricked = true">
[A link that must not work](javascript:window.spotWasTricked=true)
`;

const openapi = (version: string, more: string): string => `openapi: 3.0.3
info:
  title: Ledger API
  version: ${version}
  description: Postings and balances.
paths:
  /postings:
    post:
      summary: Record a posting
      operationId: createPosting
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: '#/components/schemas/Posting' }
      responses:
        '201': { description: It is recorded, content: { application/json: { schema: { $ref: '#/components/schemas/Posting' } } } }
        '409': { description: The idempotency key was used for another posting }
    get:
      summary: List postings
      parameters:
        - { name: account, in: query, required: true, schema: { type: string }, description: Whose postings }
        - { name: limit, in: query, schema: { type: integer, maximum: 500, default: 50 } }
      responses:
        '200': { description: Newest first }
${more}components:
  schemas:
    Posting:
      type: object
      required: [debit, credit, amount]
      properties:
        debit: { type: string, description: The account that receives }
        credit: { type: string }
        amount: { $ref: '#/components/schemas/Money' }
    Money:
      type: object
      properties:
        currency: { type: string, enum: [EUR, USD] }
        minor: { type: integer, format: int64, description: In cents }
`;

const balances = `  /balances/{account}:
    get:
      summary: Read a balance
      parameters:
        - { name: account, in: path, required: true, schema: { type: string } }
      responses:
        '200': { description: The balance now }
`;

const asyncapi = `asyncapi: 2.6.0
info:
  title: Notifications
  version: 1.2.0
channels:
  notifications/sent:
    subscribe:
      summary: A notification went out
      message:
        name: NotificationSent
        payload:
          type: object
          properties:
            id: { type: string }
            channel: { type: string, enum: [mail, push, sms] }
`;

const graphqlSchema = `"A product of the shop."
type Product {
  id: ID!
  name: String!
  "In cents."
  price: Int!
}

type Query {
  "Finds products by words."
  products(text: String!, first: Int = 20): [Product!]!
}
`;

function company(): Repository[] {
  const teams = (billing: boolean): string =>
    [
      group("commerce", "tribe", undefined, "Commerce"),
      group("platform", "tribe", undefined, "Platform"),
      group("payments", "team", "commerce", "Payments"),
      group("checkout", "team", "commerce", "Checkout"),
      ...(billing ? [group("billing", "team", "commerce", "Billing")] : []),
      group("identity", "team", "platform", "Identity"),
      group("sre", "team", "platform", "Site Reliability"),
      group("data", "team", "platform", "Data"),
    ].join("---\n");
  const people = [
    user("ada", "Ada Ahlgren", ["payments"]),
    user("ben", "Ben Brandt", ["payments", "billing"]),
    user("chen", "Chen Wu", ["checkout"]),
    user("dina", "Dina Darwish", ["checkout"]),
    user("emil", "Emil Eriksen", ["identity"]),
    user("fatou", "Fatou Faye", ["sre"]),
    user("goran", "Goran Gavric", ["data"]),
    user("hana", "Hana Hori", ["billing"]),
  ].join("---\n");
  const systems = [
    domain("money", "commerce"),
    domain("foundations", "platform"),
    system("accounting", "payments", "Books what happened", "money"),
    system("shop", "checkout", "Everything that customers see", "money"),
    system("access", "identity", "Who may do what", "foundations"),
  ].join("---\n");

  const organisation: Repository = {
    name: "organisation",
    commits: [
      {
        daysAgo: 540,
        message: "Describe teams, people and systems",
        files: {
          "teams/catalog-info.yaml": teams(false),
          "people/catalog-info.yaml": people,
          "systems/catalog-info.yaml": systems,
          "README.md": "# Organisation\n\nTeams, people and systems of Acme.\n",
        },
      },
      { daysAgo: 250, message: "Found the team billing", files: { "teams/catalog-info.yaml": teams(true) } },
    ],
  };

  const ledgerComponent = (change: Partial<Component>): string =>
    component({
      name: "ledger",
      title: "Ledger",
      owner: "payments",
      system: "accounting",
      description: "Double-entry ledger: the one place where money moves",
      tags: ["rust", "money"],
      provides: ["ledger-api"],
      dependsOn: ["resource:ledger-db"],
      links: [
        ["Runbook", "https://runbooks.acme.example/ledger"],
        ["Dashboard", "https://metrics.acme.example/ledger"],
      ],
      ...change,
    });
  const ledgerApi = `---\n${api("ledger-api", "openapi", "payments", "./openapi.yaml", "accounting")}`;
  const database =
    "---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata:\n  name: ledger-db\nspec:\n  type: database\n  owner: payments\n  system: accounting\n";
  const ledger: Repository = {
    name: "ledger",
    commits: [
      {
        daysAgo: 530,
        message: "Begin the ledger",
        files: {
          "README.md": "# Ledger\n\nA ledger.\n",
          "catalog-info.yaml": ledgerComponent({ lifecycle: "experimental", provides: [] }) + database,
          "Cargo.toml":
            '[package]\nname = "ledger"\nversion = "0.1.0"\nlicense = "Apache-2.0"\n\n[dependencies]\nserde = "1.0.195"\naxum = "0.7.4"\n',
          "Cargo.lock": cargoLock({ serde: "1.0.195", axum: "0.7.4", tokio: "1.35.1" }),
          "src/main.rs": "fn main() {}\n",
          ".github/CODEOWNERS": "* @acme/payments\n",
        },
      },
      {
        daysAgo: 420,
        message: "Publish the API",
        files: { "openapi.yaml": openapi("1.0.0", ""), "catalog-info.yaml": ledgerComponent({}) + database + ledgerApi },
      },
      {
        daysAgo: 380,
        message: "Explain what it is",
        files: { "README.md": ledgerReadme, "docs/runbook.md": "# Runbook\n\nRestart it.\n" },
      },
      {
        daysAgo: 200,
        message: "Read balances",
        files: {
          "openapi.yaml": openapi("1.1.0", balances),
          "docs/runbook.md": "# Runbook\n\n1. Look at the [dashboard](https://metrics.acme.example/ledger).\n2. Restart it.\n",
        },
      },
      {
        daysAgo: 190,
        message: "Hand it to billing",
        author: "Ben Brandt",
        files: {
          "catalog-info.yaml": ledgerComponent({ owner: "billing" }) + database + ledgerApi,
          ".github/CODEOWNERS": "* @acme/billing\n/openapi.yaml @acme/payments\n",
        },
      },
      ...[
        ["1.0.197", "0.7.5", "1.36.0", 350],
        ["1.0.203", "0.7.5", "1.38.1", 240],
        ["1.0.210", "0.8.1", "1.41.0", 95],
        ["1.0.219", "0.8.4", "1.44.2", 12],
      ].map(
        ([serde, axum, tokio, daysAgo]): Commit => ({
          daysAgo: Number(daysAgo),
          message: "Update packages",
          author: "Hana Hori",
          files: { "Cargo.lock": cargoLock({ serde: String(serde), axum: String(axum), tokio: String(tokio) }) },
        }),
      ),
      {
        daysAgo: 0,
        message: "Say more about it",
        files: { "catalog-info.yaml": ledgerComponent({ owner: "billing", tags: ["rust", "money", "critical"] }) + database + ledgerApi },
      },
    ].sort((a, b) => b.daysAgo - a.daysAgo),
  };

  const billingOf = (lifecycle: string, owner: string): string =>
    component({
      name: "invoicing",
      owner,
      lifecycle,
      system: "accounting",
      description: "Writes and sends invoices",
      tags: ["kotlin"],
      consumes: ["ledger-api"],
      dependsOn: ["component:ledger"],
    });
  const invoicing: Repository = {
    name: "invoicing",
    commits: [
      {
        daysAgo: 500,
        message: "Begin",
        files: {
          "catalog-info.yaml": billingOf("experimental", "payments"),
          "README.md": "# Invoicing\n\nWrites and sends invoices.\n",
          "src/Main.kt": "fun main() {}\n",
        },
      },
      { daysAgo: 410, message: "Go live", files: { "catalog-info.yaml": billingOf("production", "payments") } },
      { daysAgo: 188, message: "Hand it to billing", files: { "catalog-info.yaml": billingOf("production", "billing") } },
    ],
  };

  const notifier: Repository = {
    name: "notifier",
    commits: [
      {
        daysAgo: 450,
        message: "Begin",
        files: {
          "catalog-info.yaml":
            component({
              name: "notifier",
              owner: "identity",
              system: "access",
              description: "Mail, push and text messages",
              provides: ["notifications"],
            }) +
            "---\n" +
            api("notifications", "asyncapi", "identity", "./asyncapi.yaml", "access"),
          "asyncapi.yaml": asyncapi,
          "go.mod": "module acme.example/notifier\n\ngo 1.22\n\nrequire github.com/nats-io/nats.go v1.31.0\n",
          "main.go": "package main\n\nfunc main() {}\n",
          "README.md": "# Notifier\n\nMail, push and text messages.\n",
        },
      },
      {
        daysAgo: 33,
        message: "Update nats",
        files: { "go.mod": "module acme.example/notifier\n\ngo 1.23\n\nrequire github.com/nats-io/nats.go v1.37.0\n" },
      },
    ],
  };

  const reporting: Repository = {
    name: "reporting",
    commits: [
      {
        daysAgo: 520,
        message: "Begin",
        files: {
          "catalog-info.yaml": component({
            name: "reporting",
            owner: "data",
            lifecycle: "production",
            description: "Monthly figures for finance",
          }),
          "README.md": "# Reporting\n",
          "requirements.txt": "pandas==2.1.4\nsqlalchemy==2.0.23\n",
          "report.py": "print('figures')\n",
        },
      },
      {
        daysAgo: 160,
        message: "Deprecate",
        files: {
          "catalog-info.yaml": component({
            name: "reporting",
            owner: "data",
            lifecycle: "deprecated",
            description: "Monthly figures for finance, replaced by the warehouse",
          }),
        },
      },
      { daysAgo: 60, message: "Remove the service", author: "Goran Gavric", files: { "catalog-info.yaml": null, "report.py": null } },
    ],
  };

  const odd: Repository = {
    name: "odd",
    commits: [
      {
        daysAgo: 300,
        message: "Test the seams",
        files: {
          "catalog-info.yaml":
            component({
              name: "odd-names",
              owner: "sre",
              title: "<b>\"Odd\" & 'quoted' 🚀</b>",
              description: "<img src=x onerror=alert(1)> is text here; **not** markup",
            }) +
            "---\n" +
            component({ name: "n".repeat(63), owner: "team-nobody-knows", description: "x".repeat(300) }),
          "README.md": "# Odd\n",
        },
      },
    ],
  };

  const tools: Repository = {
    name: "tools",
    commits: [
      {
        daysAgo: 77,
        message: "Scripts without a descriptor",
        files: { "README.md": "# Tools\n\nScripts that nobody owns.\n", "run.sh": "#!/bin/sh\n" },
      },
    ],
  };

  return [organisation, ledger, invoicing, notifier, reporting, odd, tools];
}

/** A repository with several services that move every other week. */
function storefront(): Repository[] {
  const names = ["checkout", "cart", "catalogue", "search", "gateway", "recommendations"];
  const packages = (step: number): Record<string, string> => ({
    express: `4.${String(17 + Math.floor(step / 6))}.${String(step % 6)}`,
    react: `18.${String(Math.floor(step / 8))}.${String(step % 8)}`,
    zod: `3.${String(20 + Math.floor(step / 4))}.${String(step % 4)}`,
    ...(step > 10 ? { undici: `6.${String(step)}.0` } : {}),
    ...(step < 20 ? { lodash: "4.17.21" } : {}),
  });
  const descriptor = (name: string, step: number): string =>
    component({
      name,
      owner: name === "search" && step > 15 ? "data" : "checkout",
      type: name === "checkout" || name === "catalogue" ? "website" : "service",
      lifecycle: name === "recommendations" && step < 22 ? "experimental" : "production",
      system: "shop",
      description: `The shop's ${name}`,
      tags: ["typescript"],
      dependsOn: name === "checkout" ? ["component:cart", "component:invoicing", "component:ledger"] : [],
      consumes: name === "checkout" ? ["ledger-api"] : [],
      provides: name === "gateway" ? ["shop-graph"] : [],
    }) + (name === "gateway" ? `---\n${api("shop-graph", "graphql", "checkout", "./schema.graphql", "shop")}` : "");
  const commits: Commit[] = [];
  for (let step = 0; step < 36; step += 1) {
    const files: Record<string, string> = {};
    for (const [place, name] of names.entries()) {
      if (step > 0 && (step + place) % 3 !== 0 && step !== 16 && step !== 22) continue;
      files[`${name}/package.json`] = manifest(name, packages(step));
      files[`${name}/package-lock.json`] = lockfile(packages(step));
      files[`${name}/catalog-info.yaml`] = descriptor(name, step);
      files[`${name}/index.ts`] = `export const version = ${String(step)};\n`;
    }
    if (step === 0) {
      files["README.md"] = "# Storefront\n\nEverything that customers see.\n";
      files["gateway/schema.graphql"] = graphqlSchema;
      files[".github/CODEOWNERS"] = "* @acme/checkout\n";
    }
    commits.push({
      daysAgo: 510 - step * 14,
      message: step === 0 ? "Begin the shop" : "Update packages",
      author: step % 2 ? "Chen Wu" : "Dina Darwish",
      files,
    });
  }
  return [{ name: "storefront", commits }];
}
