// Judges answers of the simulated Confluence by a published description of Cloud's, and says everything that is wrong:
//
//   node confluence.mjs FILE
//
// FILE has in each line {schema, path, body}; the schema is named as in confluence.js, such as v2/page. The description is not
// Atlassian's own but made from it.

import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
if (!file) {
  console.error('usage: node confluence.mjs FILE');
  process.exit(2);
}

const wrong = [];
const judged = new Map();
for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
  const { schema, path, body } = JSON.parse(line);
  const [version, name] = schema.split('/');
  const module = new URL(`node_modules/confluence.js/dist/${version}/models/${name}.js`, import.meta.url);
  const described = (await import(module))[`${name[0].toUpperCase()}${name.slice(1)}Schema`];
  const result = described.safeParse(body);
  judged.set(schema, (judged.get(schema) ?? 0) + 1);
  for (const issue of result.success ? [] : result.error.issues.slice(0, 8)) {
    wrong.push(`${path} (${schema}): ${issue.path.join('.') || '/'}: ${issue.message}`);
  }
}

for (const [schema, count] of judged) console.log(`${count} answers by ${schema}`);
if (wrong.length > 0) {
  for (const line of wrong) console.error(`WRONG ${line}`);
  process.exit(1);
}
