// Writes src/api/generated.ts from ../schema.graphql and src/api/*.graphql, before every check and build: a question that
// the schema does not answer fails here, a type that has changed fails the type check.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildASTSchema, parse, print, specifiedRules, stripIgnoredCharacters, validate, visit } from "graphql";

const web = new URL("../", import.meta.url);
const target = new URL("src/api/generated.ts", web);
const folder = new URL("src/api/", web);

const schema = parse(readFileSync(new URL("../schema.graphql", web), "utf8"));
const schemaAst = buildASTSchema(schema);
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".graphql"))
  .sort();
const documents = names.map((location) => ({
  location,
  document: parse(readFileSync(new URL(location, folder), "utf8")),
}));
const all = { kind: "Document", definitions: documents.flatMap(({ document }) => document.definitions) };
const errors = validate(
  schemaAst,
  all,
  specifiedRules.filter((rule) => rule.name !== "LoneAnonymousOperationRule"),
);
if (errors.length > 0) {
  console.error(errors.map(String).join("\n\n"));
  process.exit(1);
}

const types = await codegen({
  filename: "generated.ts",
  schema,
  schemaAst,
  documents,
  config: {},
  plugins: [
    {
      operations: {
        scalars: { Date: "string", DateTime: "string", Moment: "string", JSON: "unknown", ID: "string", Period: "string" },
        strictScalars: true,
        avoidOptionals: { field: true, object: true },
        // Types of an interface that are alike in what is asked are one.
        mergeFragmentTypes: true,
        omitObjectTypes: true,
      },
    },
  ],
  pluginMap: { operations },
});

const fragments = new Map(all.definitions.filter(({ kind }) => kind === "FragmentDefinition").map((found) => [found.name.value, found]));

/** The text of a definition and of every fragment that it needs. */
function textOf(definition) {
  const needed = new Set();
  const collect = (node) =>
    visit(node, {
      FragmentSpread({ name }) {
        if (needed.has(name.value)) return;
        needed.add(name.value);
        collect(fragments.get(name.value));
      },
    });
  collect(definition);
  const parts = [definition, ...[...needed].sort().map((name) => fragments.get(name))];
  return stripIgnoredCharacters(parts.map(print).join("\n"));
}

const questions = all.definitions
  .filter(({ kind }) => kind === "OperationDefinition")
  .map((definition) => {
    const name = definition.name.value;
    const [data, variables] = [`${name}${kindOf(definition)}`, `${name}${kindOf(definition)}Variables`];
    return `export const ${name} = ${JSON.stringify(textOf(definition))} as Question<${data}, ${variables}>;`;
  });

function kindOf({ operation }) {
  return { query: "Query", subscription: "Subscription", mutation: "Mutation" }[operation];
}

const content = `// Made by \`npm run generate\` from schema.graphql and the .graphql files beside it.
import type { Question } from "./client";

${types.trim()}

${questions.join("\n")}
`;

writeFileSync(target, content);
