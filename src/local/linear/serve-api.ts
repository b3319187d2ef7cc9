// The addresses an app calls, with the faults it is to meet and a note of every call.
import { sendJson } from "../http.ts";
import type { Exchange } from "./exchange.ts";
import { misbehave, type LinearFault, type Trouble } from "./faults.ts";
import { answerAsked, readAsked, type GraphqlParts } from "./graphql.ts";
import type { Json } from "./model.ts";
import { serveOAuth, type OAuthParts } from "./oauth.ts";
import { actorFor } from "./tokens.ts";
import { serveUpload, UPLOAD_PATH } from "./uploads.ts";

export interface ApiParts {
  readonly trouble: Trouble;
  readonly oauth: OAuthParts;
  readonly graphql: GraphqlParts;
}

/** False when the address is none of these. */
export async function serveApi(parts: ApiParts, exchange: Exchange): Promise<boolean> {
  const path = exchange.url.pathname;
  if (path === "/graphql" && exchange.req.method === "POST") await serveGraphql(parts, exchange);
  else if (path.startsWith("/oauth/")) return serveOther(parts, exchange, () => serveOAuth(parts.oauth, exchange));
  else if (path.startsWith(UPLOAD_PATH))
    return serveOther(parts, exchange, () =>
      Promise.resolve(serveUpload(parts.oauth.world, exchange, actorOf(parts, exchange))),
    );
  else return false;
  return true;
}

function actorOf({ oauth }: ApiParts, { req }: Exchange): ReturnType<typeof actorFor> {
  return actorFor(oauth.book, oauth, req.headers.authorization);
}

async function serveGraphql(parts: ApiParts, exchange: Exchange): Promise<void> {
  const asked = await readAsked(exchange);
  const operation = asked?.operation ?? "";
  const fault = parts.trouble.take(operation);
  const { query = "", variables = {} } = asked ?? {};
  const status = await meet(fault, exchange, async () => {
    const answer = await answerAsked(parts.graphql, asked, actorOf(parts, exchange));
    return { status: answer.status, send: () => send(exchange, answer) };
  });
  note(parts, { operation, query, variables, status });
}

async function serveOther(
  parts: ApiParts,
  exchange: Exchange,
  serve: () => Promise<number | undefined>,
): Promise<boolean> {
  const operation = exchange.url.pathname;
  const done = await misbehave(parts.trouble.take(operation), exchange);
  const status = done ?? (await serve());
  if (status !== undefined) note(parts, { operation, query: "", variables: {}, status });
  return status !== undefined;
}

interface Work {
  readonly status: number;
  readonly send: () => void;
}

async function meet(fault: LinearFault | undefined, exchange: Exchange, work: () => Promise<Work>): Promise<number> {
  // The nastiest fault: all is done and only the answer is lost.
  const done = fault?.afterWork === true ? await work() : undefined;
  const bad = await misbehave(fault, exchange);
  if (bad !== undefined) return bad;
  const { status, send } = done ?? (await work());
  send();
  return status;
}

function send(
  { res }: Exchange,
  answer: { status: number; headers: Readonly<Record<string, string>>; body: unknown },
): void {
  for (const [name, value] of Object.entries(answer.headers)) res.setHeader(name, value);
  sendJson(res, answer.status, answer.body);
}

function note(
  { trouble, oauth }: ApiParts,
  call: { readonly operation: string; readonly query: string; readonly variables: Json; readonly status: number },
): void {
  trouble.record({ ...call, atMs: oauth.world.now() });
}
