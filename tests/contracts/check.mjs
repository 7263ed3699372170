// Judges by what GitHub publishes, and says everything that is wrong:
//
//   node check.mjs DIR [FILE.graphql | FOLDER]...
//
// - DIR/schema.graphql, the schema that the simulated GitHub serves, is a part of GitHub's own;
// - DIR/exchanges.jsonl, recorded REST requests and answers ({method, path, query, request, status, body} in each line),
//   is what GitHub's OpenAPI descriptions say;
// - every GraphQL document in the given files, and in the folders below the given ones, is valid for GitHub's schema, and
//   for the one that is served here, so that the simulated GitHub can answer it.
//
// What is absent in DIR is not judged, and that is said.

import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql';

/** Two fields are declared twice in the published file; strict readers refuse it. */
const lenient = { assumeValidSDL: true, assumeValid: true };
/** What a server answers to anybody, whether or not the description of the endpoint lists it. */
const always = new Set([401, 403, 404, 409, 429]);
/** The Enterprise Server that is simulated, and github.com, which the collector reads too. */
const descriptions = ['ghes-3.19', 'api.github.com'];

const wrong = [];
const said = [];

const [folder, ...sources] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node check.mjs DIR [FILE.graphql | FOLDER]...');
  process.exit(2);
}

const published = (path) => readFileSync(join(import.meta.dirname, 'node_modules/@octokit', path), 'utf8');
/** What GitHub has had for longer than the package. Once that has it, too, this says so, and goes. */
const newer = readFileSync(join(import.meta.dirname, 'issue_types.graphql'), 'utf8');
const own = published('graphql-schema/schema.graphql');
if (/^type IssueType /m.test(own)) wrong.push('issue_types.graphql is not needed any more: the published schema has types of issues');
const github = buildSchema(`${own}\n${newer}`, lenient);

const servedFile = join(folder, 'schema.graphql');
const served = existsSync(servedFile) ? buildSchema(readFileSync(servedFile, 'utf8'), lenient) : undefined;

checkDocuments(sources.flatMap(documentsIn));
checkSchema(served);
checkExchanges(join(folder, 'exchanges.jsonl'));

for (const line of said) console.log(line);
if (wrong.length > 0) {
  for (const line of wrong) console.error(`WRONG ${line}`);
  console.error(`${wrong.length} departures from GitHub's contracts`);
  process.exit(1);
}

function documentsIn(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => join(path, name));
}

function checkDocuments(files) {
  const documents = [];
  const fragments = new Map();
  for (const file of files) {
    try {
      const document = parse(readFileSync(file, 'utf8'));
      documents.push({ file, document });
      for (const each of document.definitions) if (each.kind === 'FragmentDefinition') fragments.set(each.name.value, each);
    } catch (error) {
      wrong.push(`${file}: ${error.message}`);
    }
  }
  // A file of fragments alone is judged where they are used, too.
  const rules = specifiedRules.filter((rule) => rule.name !== 'NoUnusedFragmentsRule');
  for (const { file, document } of documents) {
    const whole = { ...document, definitions: withFragments(document.definitions, fragments) };
    for (const [schema, whose] of [[github, 'GitHub'], [served, 'the simulated GitHub']]) {
      for (const error of schema ? validate(schema, whole, rules, { maxErrors: 100 }) : []) {
        const at = error.locations?.[0];
        wrong.push(`${file}:${at?.line}:${at?.column}: for ${whose}: ${error.message}`);
      }
    }
  }
  said.push(`${files.length} GraphQL documents`);
}

/** Definitions and the fragments of other files that they use, directly or not: what is sent is put together from files. */
function withFragments(definitions, fragments) {
  const all = [...definitions];
  const there = new Set(all.map((each) => each.name?.value));
  for (let index = 0; index < all.length; index += 1) {
    visit(all[index], {
      FragmentSpread(spread) {
        const name = spread.name.value;
        if (there.has(name) || !fragments.has(name)) return;
        there.add(name);
        all.push(fragments.get(name));
      },
    });
  }
  return all;
}

function checkSchema(ours) {
  if (!ours) return said.push('no schema to judge');
  let count = 0;
  for (const type of Object.values(ours.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    const theirs = github.getType(type.name);
    if (!theirs) {
      wrong.push(`schema: GitHub has no type ${type.name}`);
      continue;
    }
    if (kindOf(type) !== kindOf(theirs)) {
      wrong.push(`schema: ${type.name} is ${kindOf(type)} here and ${kindOf(theirs)} at GitHub`);
      continue;
    }
    if (isEnumType(type)) {
      for (const value of type.getValues()) {
        if (!theirs.getValue(value.name)) wrong.push(`schema: GitHub has no ${type.name}.${value.name}`);
      }
    } else if (isInputObjectType(type)) {
      checkInputs(type.name, Object.values(type.getFields()), Object.values(theirs.getFields()));
    } else if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        const field_ = theirs.getFields()[field.name];
        const name = `${type.name}.${field.name}`;
        count += 1;
        if (!field_) {
          wrong.push(`schema: GitHub has no ${name}`);
          continue;
        }
        if (!promises(field.type, field_.type)) wrong.push(`schema: ${name} is ${field.type} here and ${field_.type} at GitHub`);
        checkInputs(name, field.args, field_.args);
      }
      for (const shape of type.getInterfaces()) {
        const there = theirs.getInterfaces().some((other) => other.name === shape.name);
        if (!there) wrong.push(`schema: ${type.name} is no ${shape.name} at GitHub`);
      }
    } else if (isUnionType(type)) {
      const members = new Set(theirs.getTypes().map((member) => member.name));
      for (const member of type.getTypes()) {
        if (!members.has(member.name)) wrong.push(`schema: ${member.name} is no ${type.name} at GitHub`);
      }
    }
  }
  said.push(`${count} fields of the served schema`);
}

function kindOf(type) {
  if (isObjectType(type)) return 'an object';
  if (isInterfaceType(type)) return 'an interface';
  if (isUnionType(type)) return 'a union';
  if (isEnumType(type)) return 'an enum';
  if (isInputObjectType(type)) return 'an input';
  return isScalarType(type) ? 'a scalar' : 'something else';
}

/** Whether every value of our type is one that GitHub's type allows. */
function promises(ours, theirs) {
  if (isNonNullType(theirs)) return isNonNullType(ours) && promises(ours.ofType, theirs.ofType);
  if (isNonNullType(ours)) return promises(ours.ofType, theirs);
  if (isListType(theirs)) return isListType(ours) && promises(ours.ofType, theirs.ofType);
  return !isListType(ours) && ours.name === theirs.name;
}

function checkInputs(owner, ours, theirs) {
  for (const input of ours) {
    const other = theirs.find((other) => other.name === input.name);
    // What GitHub takes has to be taken here.
    if (!other) wrong.push(`schema: GitHub's ${owner} has no argument ${input.name}`);
    else if (!promises(other.type, input.type)) wrong.push(`schema: ${owner}(${input.name}) is ${input.type} here and ${other.type} at GitHub`);
    else if (input.defaultValue !== undefined && String(input.defaultValue) !== String(other.defaultValue))
      wrong.push(`schema: ${owner}(${input.name}) is ${input.defaultValue} by default here and ${other.defaultValue} at GitHub`);
  }
  for (const input of theirs) {
    const needed = isNonNullType(input.type) && input.defaultValue === undefined;
    if (needed && !ours.some((other) => other.name === input.name)) wrong.push(`schema: ${owner} lacks the argument ${input.name}`);
  }
}

function checkExchanges(file) {
  if (!existsSync(file)) return said.push('no REST exchanges to judge');
  const exchanges = readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  for (const name of descriptions) {
    const judge = restJudge(JSON.parse(published(`openapi/generated/${name}.json`)));
    const seen = new Set();
    for (const exchange of exchanges) {
      for (const problem of judge(exchange, seen)) {
        wrong.push(`${name}: ${exchange.method} ${exchange.path} ${exchange.status}: ${problem}`);
      }
    }
    said.push(`${exchanges.length} REST exchanges on ${seen.size} endpoints of ${name}`);
  }
}

/** A function that says what is wrong with an exchange, by an OpenAPI 3.0 description. */
function restJudge(description) {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, coerceTypes: false, validateSchema: false });
  const loose = new Ajv({ strict: false, allErrors: true, logger: false, coerceTypes: 'array', validateSchema: false });
  addFormats(ajv);
  addFormats(loose);
  asJsonSchema(description.components);
  asJsonSchema(description.paths);
  for (const each of [ajv, loose]) each.addSchema({ $id: 'description', components: description.components }, 'description');
  const routes = Object.keys(description.paths).map((path) => {
    const pattern = path.split('/').map((part) => (part.startsWith('{') ? null : part));
    // A path within a repository may have slashes of its own.
    return { path, pattern, open: path.endsWith('/{path}') };
  });
  routes.sort((a, b) => b.pattern.filter(Boolean).length - a.pattern.filter(Boolean).length);
  const compiled = new Map();
  const check = (instance, schema, value) => {
    const key = JSON.stringify(schema);
    const checks = compiled.get(instance) ?? compiled.set(instance, new Map()).get(instance);
    if (!checks.has(key)) {
      const moved = JSON.parse(key.replaceAll('"$ref":"#/', '"$ref":"description#/'));
      checks.set(key, instance.compile(moved));
    }
    const holds = checks.get(key);
    if (holds(value)) return [];
    return holds.errors.slice(0, 8).map((error) => `${error.instancePath || '/'} ${error.message}${detail(error)}`);
  };
  const resolve = (item) => {
    let found = item;
    while (found?.$ref) found = found.$ref.split('/').slice(1).reduce((inner, key) => inner[key.replaceAll('~1', '/')], description);
    return found;
  };
  return (exchange, seen) => {
    const path = exchange.path
      .replace(/^\/api\/v3/, '')
      // The addresses that pages and redirects lead to are the same endpoints by number.
      .replace(/^\/repositories\/[^/]+/, '/repos/owner/name')
      .replace(/^\/organizations\/[^/]+/, '/orgs/login');
    const parts = path.split('/');
    const route = routes.find(
      ({ pattern, open }) =>
        (pattern.length === parts.length || (open && parts.length >= pattern.length)) &&
        pattern.every((part, index) => part === null || part === parts[index]),
    );
    const operation = route && description.paths[route.path][exchange.method.toLowerCase()];
    if (!operation) return ['there is no such endpoint'];
    seen.add(`${exchange.method} ${route.path}`);
    const problems = [];
    const parameters = [...(description.paths[route.path].parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
    for (const [name, value] of new URLSearchParams(exchange.query ?? '')) {
      const parameter = parameters.find((parameter) => parameter.in === 'query' && parameter.name === name);
      // Pages lead on by numbers that some descriptions leave out.
      if (!parameter) {
        if (name !== 'page') problems.push(`there is no parameter ${name}`);
        continue;
      }
      // Ranges of times are described as instants, but documented in the syntax of searches: 2026-01-01..2026-01-02.
      const schema = name === 'created' ? { ...parameter.schema, format: undefined } : parameter.schema;
      problems.push(...check(loose, { type: 'object', properties: { value: schema } }, { value }).map((text) => `${name}: ${text}`));
    }
    const taken = resolve(operation.requestBody)?.content?.['application/json']?.schema;
    if (taken && exchange.request != null) problems.push(...check(ajv, taken, exchange.request).map((text) => `request: ${text}`));
    if (exchange.status === 304) return problems;
    const response = resolve(operation.responses[String(exchange.status)]);
    if (!response && !always.has(exchange.status)) return [...problems, 'this status is not described'];
    const content = response?.content;
    const media = content && (content['application/json'] ?? Object.values(content).find((each) => each.schema));
    if (exchange.body === undefined) return problems;
    const schema = media?.schema ?? (exchange.status >= 400 ? { $ref: '#/components/schemas/basic-error' } : undefined);
    if (schema) problems.push(...check(ajv, schema, exchange.body));
    return problems;
  };
}

function detail(error) {
  if (error.keyword === 'enum') return ` (${error.params.allowedValues.join(', ')})`;
  return error.params?.missingProperty ? ` (${error.params.missingProperty})` : '';
}

/** Makes JSON Schema of what OpenAPI 3.0 has: it writes `nullable: true` where JSON Schema has a type `null`. */
function asJsonSchema(node) {
  if (Array.isArray(node)) {
    for (const item of node) asJsonSchema(item);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  for (const key of ['example', 'examples', 'discriminator']) delete node[key];
  for (const value of Object.values(node)) asJsonSchema(value);
  // One place says that an account is both a user and an enterprise; the named schema beside it says either.
  const titles = Array.isArray(node.allOf) ? node.allOf.map((each) => each.title) : [];
  if (titles.includes('Simple User') && titles.includes('Enterprise')) {
    node.anyOf = node.allOf;
    delete node.allOf;
  }
  if (node.nullable !== true) return;
  delete node.nullable;
  if (typeof node.type === 'string') {
    node.type = [node.type, 'null'];
    if (Array.isArray(node.enum) && !node.enum.includes(null)) node.enum = [...node.enum, null];
  }
  for (const key of ['anyOf', 'oneOf']) if (Array.isArray(node[key])) node[key] = [...node[key], { type: 'null' }];
  if (Array.isArray(node.allOf) && !node.type) {
    node.anyOf = [{ allOf: node.allOf }, { type: 'null' }];
    delete node.allOf;
  }
}
