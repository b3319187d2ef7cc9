// A small workspace, a client of the real SDK, and a receiver of webhooks.
import { createServer, type IncomingHttpHeaders } from "node:http";
import { LinearClient } from "@linear/sdk";
import { onTestFinished } from "vitest";
import { startLocalLinear, type LocalLinear, type LocalLinearOptions } from "../../../src/local/linear/server.ts";
import type { LocalLinearSeed } from "../../../src/local/linear/seed.ts";

export const ADA = "6f1c2d9a-0b8e-4c53-9a77-2f6a1f0c1a01";
export const BEN = "6f1c2d9a-0b8e-4c53-9a77-2f6a1f0c1a02";
export const GUEST = "6f1c2d9a-0b8e-4c53-9a77-2f6a1f0c1a03";
export const BOT = "6f1c2d9a-0b8e-4c53-9a77-2f6a1f0c1a04";
export const RIVAL = "6f1c2d9a-0b8e-4c53-9a77-2f6a1f0c1a05";
export const TOKEN = "lin_static_token";
export const SECRET = "webhook-secret";
export const CLIENT = { client_id: "client-1", client_secret: "secret-1" };

export const SEED: LocalLinearSeed = {
  organization: { id: "org-1", name: "Acme", urlKey: "acme" },
  app: { userId: BOT, name: "Countersign", handle: "countersign", oauthClientId: "oauth-1" },
  people: [
    { id: ADA, name: "Ada Lovelace", email: "ada@acme.test", isAdmin: true },
    { id: BEN, name: "Ben Okri", email: "ben@acme.test" },
    { id: GUEST, name: "Gil Guest", email: "gil@else.test", isGuest: true },
  ],
  teams: [
    { id: "team-eng", key: "ENG", name: "Engineering", members: [ADA, BEN], guidance: "Write a test first." },
    { id: "team-ops", key: "OPS", name: "Operations", members: [BEN] },
  ],
  projects: [{ id: "project-1", name: "Checkout", team: "ENG" }],
  labels: [{ id: "label-bug", name: "bug" }],
  issues: [
    {
      id: "issue-1",
      team: "ENG",
      number: 1,
      title: "Login redirect loops in the web shop",
      description: "See ![shot](/uploads/shot.png)",
      creator: ADA,
      assignee: ADA,
      labels: ["bug"],
      project: "Checkout",
      comments: [{ id: "comment-1", user: BEN, body: "Happens to me too.", minutesAgo: 5 }],
    },
    { id: "issue-2", team: "OPS", number: 7, title: "Rotate keys", creator: BEN, suggestions: { "acme/keys": 0.9 } },
  ],
  uploads: [{ path: "shot.png", contentType: "image/png", bytes: new Uint8Array([1, 2, 3]) }],
  workspaceGuidance: "Be brief.",
};

/** A clock that only tests move; it starts now, as webhooks must be fresh. */
export class Clock {
  ms = Date.now();
  readonly now = (): number => this.ms;
  pass(ms: number): void {
    this.ms += ms;
  }
}

export async function start(given: Partial<LocalLinearOptions> = {}): Promise<LocalLinear> {
  const linear = await startLocalLinear({
    port: 0,
    lookDir: "/nowhere",
    pageToken: "page-token",
    seed: SEED,
    clientId: CLIENT.client_id,
    clientSecret: CLIENT.client_secret,
    accessToken: TOKEN,
    ...given,
  });
  onTestFinished(() => linear.close());
  return linear;
}

export function clientOf(linear: LocalLinear, accessToken: string = TOKEN): LinearClient {
  return new LinearClient({ accessToken, apiUrl: `${linear.url}/graphql` });
}

interface Received {
  readonly raw: string;
  readonly headers: IncomingHttpHeaders;
  // Bodies are JSON of many shapes; tests look at them freely.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** A status that is never sent. */
export const SILENT = 0;

export interface Receiver {
  readonly url: string;
  readonly got: Received[];
  /** What to answer, in order; 200 once they are used up. */
  readonly statuses: number[];
  of(event: string): readonly Received[];
}

export async function receive(linear: LocalLinear): Promise<Receiver> {
  const got: Received[] = [];
  const statuses: number[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const raw = Buffer.concat(chunks).toString("utf8");
      got.push({ raw, headers: req.headers, body: JSON.parse(raw) });
      const status = statuses.shift() ?? 200;
      if (status !== SILENT) res.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}/hook`;
  linear.setWebhook(url, SECRET);
  return { url, got, statuses, of: (event) => got.filter(({ headers }) => headers["linear-event"] === event) };
}

/** Resolves when nothing is on its way any more. */
export async function quiet(linear: LocalLinear): Promise<void> {
  await linear.waitFor((state) => state.deliveries.every(({ outcome }) => outcome !== "waiting") || undefined, {
    timeoutMs: 5_000,
    what: "all webhooks to be delivered or given up",
  });
}

export function sessionIn(linear: LocalLinear, id: string) {
  const session = linear.state().sessions.find((each) => each.id === id);
  if (session === undefined) throw new Error(`no session ${id}`);
  return session;
}

export function issueIn(linear: LocalLinear, identifier: string) {
  const issue = linear.state().issues.find((each) => each.identifier === identifier);
  if (issue === undefined) throw new Error(`no issue ${identifier}`);
  return issue;
}

export async function open(linear: LocalLinear): Promise<string> {
  const { session } = await linear.delegate({ user: ADA, issue: "ENG-1" });
  if (session === undefined) throw new Error("no session");
  return session;
}

/** The access token of an answer; no test goes on by mistake with the one that always works. */
export function accessIn({ body }: { readonly body: Record<string, string> }): string {
  const access = body["access_token"];
  if (access === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
  return access;
}

export async function token(
  linear: LocalLinear,
  form: Record<string, string>,
): Promise<{ status: number; body: Record<string, string> }> {
  const response = await fetch(`${linear.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ ...CLIENT, ...form }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
