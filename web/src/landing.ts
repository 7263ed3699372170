import { ask } from "./graphql";

const lists = ["services", "repositories", "teams", "people", "packages"] as const;

type Counts = Record<(typeof lists)[number], { totalCount: number }>;

const counts = document.querySelector("#counts");
const message = document.querySelector("#message");

async function load(): Promise<void> {
  try {
    const answer = await ask<Counts>(`{ ${lists.map((list) => `${list} { totalCount }`).join(" ")} }`);
    if (answer.data) {
      show(answer.data);
    } else {
      say(answer.errors?.map((error) => error.message).join("; ") ?? "The server gave no answer.");
    }
  } catch (error) {
    say(`The server cannot be reached: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function show(data: Counts): void {
  counts?.replaceChildren(
    ...lists.flatMap((list) => {
      const term = document.createElement("dt");
      term.textContent = list;
      const count = document.createElement("dd");
      count.textContent = data[list].totalCount.toLocaleString("en");
      return [term, count];
    }),
  );
  if (lists.every((list) => data[list].totalCount === 0)) {
    say("Nothing yet. Start spot with a folder of clones: spot serve --git DIR --backfill 2y");
  }
}

function say(text: string): void {
  if (message) message.textContent = text;
}

void load();
