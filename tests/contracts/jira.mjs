// Judges what was asked of the simulated Jira, and what it answered, by a published description of Cloud's, and says everything
// that is wrong:
//
//   node jira.mjs FILE
//
// FILE has in each line {method, path, sent, status, body}. The description is that of jira.js, which is not Atlassian's own but
// made from it. It is taken at its word: a field that it does not know is wrong, too.

process.env.AUDIT_SCHEMAS = 'true';
const { readFileSync } = await import('node:fs');

const [file] = process.argv.slice(2);
if (!file) {
  console.error('usage: node jira.mjs FILE');
  process.exit(2);
}

// What is asked and answered where: the description of the body that is sent, of the answer, and of what a list is made of.
const routes = [
  ['POST', /^\/rest\/api\/3\/search\/jql$/, 'searchAndReconcileRequest', 'searchAndReconcileResults'],
  ['POST', /^\/rest\/api\/3\/search\/approximate-count$/, 'jQLCountRequest', 'jQLCountResults'],
  ['POST', /^\/rest\/api\/3\/changelog\/bulkfetch$/, 'bulkChangelogRequest', 'bulkChangelogResponse'],
  ['POST', /^\/rest\/api\/3\/issue\/bulkfetch$/, 'bulkFetchIssueRequest', 'bulkIssueResults'],
  ['GET', /^\/rest\/api\/[23]\/serverInfo$/, null, 'serverInformation'],
  ['GET', /^\/rest\/api\/3\/myself$/, null, 'dashboardUser'],
  ['GET', /^\/rest\/api\/3\/status$/, null, ['statusDetails']],
  ['GET', /^\/rest\/api\/3\/priority\/search$/, null, 'pagePriority'],
  ['GET', /^\/rest\/api\/3\/field$/, null, ['fieldDetails']],
  ['GET', /^\/rest\/api\/3\/project\/[^/]+$/, null, 'project'],
];
// Fields of an issue, which the description of an answer leaves open.
const fields = {
  issuetype: 'issueTypeDetails',
  project: 'projectDetails',
  status: 'statusDetails',
  resolution: 'resolution',
  priority: 'priority',
  assignee: 'userDetails',
  components: ['projectComponent'],
};

const wrong = [];
const judged = new Map();

async function judge(where, name, value) {
  if (Array.isArray(name)) {
    if (!Array.isArray(value)) return wrong.push(`${where}: is no list`);
    for (const entry of value) await judge(where, name[0], entry);
    return;
  }
  const stem = name.replace(/^jQL/, 'jql');
  const module = new URL(`node_modules/jira.js/dist/cloud/models/${stem}.js`, import.meta.url);
  const found = (await import(module))[`${name[0].toUpperCase()}${name.slice(1)}Schema`];
  const result = found.safeParse(value);
  judged.set(name, (judged.get(name) ?? 0) + 1);
  for (const issue of result.success ? [] : result.error.issues.slice(0, 8)) {
    wrong.push(`${where} (${name}): ${issue.path.join('.') || '/'}: ${issue.message}`);
  }
}

for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
  const { method, path, sent, status, body } = JSON.parse(line);
  const bare = path.split('?')[0];
  const where = `${method} ${bare} ${status}`;
  if (status >= 400) {
    await judge(where, 'errorCollection', body);
    continue;
  }
  const route = routes.find(([verb, pattern]) => verb === method && pattern.test(bare));
  if (!route) {
    wrong.push(`${where}: nobody describes it`);
    continue;
  }
  if (route[2]) await judge(`${where}, as it was asked`, route[2], sent);
  await judge(where, route[3], body);
  for (const issue of body.issues ?? []) {
    for (const [field, name] of Object.entries(fields)) {
      const value = issue.fields?.[field];
      if (value !== undefined && value !== null) await judge(`${where}, ${field}`, name, value);
    }
  }
}

for (const [name, count] of judged) console.log(`${count} by ${name}`);
if (wrong.length > 0) {
  for (const line of new Set(wrong)) console.error(`WRONG ${line}`);
  process.exit(1);
}
