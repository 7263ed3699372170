// Judges messages for chats by what is published about them, and says everything that is wrong:
//
//   node chat.mjs FILE
//
// FILE has in each line {target, message}. Blocks of Slack are judged by the types of @slack/types, cards of Teams by the parser
// of adaptivecards. Both say nothing about lengths: those are tests of their own.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const [file] = process.argv.slice(2);
if (!file) {
  console.error('usage: node chat.mjs FILE');
  process.exit(2);
}

const wrong = [];

function slack() {
  // Beside the types, so that they are found.
  const folder = mkdtempSync(join(import.meta.dirname, 'node_modules', '.chat-'));
  try {
    const path = join(folder, 'blocks.ts');
    writeFileSync(path, 'import type { KnownBlock } from "@slack/types";\nexport type Blocks = KnownBlock[];\n');
    const schema = createGenerator({ path, type: 'Blocks', skipTypeCheck: true }).createSchema('Blocks');
    const judge = new Ajv({ strict: false }).compile(schema);
    return (message) => (judge(message.blocks) ? [] : judge.errors.slice(0, 8).map((error) => `${error.instancePath} ${error.message}`));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function teams() {
  const { AdaptiveCard, SerializationContext } = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js');
  return (message) => {
    const said = [];
    for (const { content, contentType } of message.attachments) {
      if (contentType !== 'application/vnd.microsoft.card.adaptive') said.push(`${contentType} is no card`);
      const [card, context] = [new AdaptiveCard(), new SerializationContext()];
      card.parse(content, context);
      for (let index = 0; index < context.eventCount; index += 1) said.push(context.getEventAt(index).message);
      said.push(...card.validateProperties().validationEvents.map((event) => event.message));
      if (card.getItemCount() !== content.body.length) said.push(`${card.getItemCount()} elements of ${content.body.length} are understood`);
    }
    return said;
  };
}

const judges = { slack: slack(), teams: teams() };
let count = 0;
for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
  const { target, message } = JSON.parse(line);
  count += 1;
  wrong.push(...judges[target](message).map((what) => `${target}: ${what}`));
}
console.log(`${count} messages judged`);
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
