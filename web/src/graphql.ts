/** The answer to a GraphQL question. */
export interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string }[];
}

/** Asks one question. Throws if the server cannot be reached or does not answer in JSON. */
export async function ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Answer<Data>> {
  return (await post("/graphql", { query, variables })).json();
}

/** Sends a JSON body, the only kind that the server takes. */
export function post(path: string, body: unknown): Promise<Response> {
  return fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify(body),
  });
}
