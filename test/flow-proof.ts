// What must hold after any test that ran the product, whatever the test was about.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import type { TokenRecord } from "../src/local/github/state.ts";
import type { LocalLinearState } from "../src/local/linear/server.ts";
import { openDatabase } from "../src/store/database.ts";
import { verifyRecord } from "../src/store/verify-record.ts";

export interface Evidence {
  /** The stage's folder. */
  readonly dir: string;
  readonly databaseUrl: string;
  readonly tokens: readonly Omit<TokenRecord, "hash">[];
  /** Values that must stand nowhere in the database. */
  readonly secrets: readonly string[];
  readonly sessions: LocalLinearState["sessions"];
}

export interface World {
  readonly sandboxes: () => Promise<readonly { readonly run: string; readonly id: string }[]>;
  readonly sessions: () => LocalLinearState["sessions"];
}

/** What is still to be done for runs that rest or are over; empty once every answer is given and every sandbox gone. */
export async function findUnsettled(databaseUrl: string, { sandboxes, sessions }: World): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const runs = await client.query<{ id: string; phase: string }>("select id, phase from runs");
    const moving = new Set(runs.rows.filter((run) => MOVING.has(run.phase)).map((run) => run.id));
    const inbox = await client.query<{ id: string; content: unknown }>(
      "select id, content from inbox where done_at_ms is null",
    );
    const messages = await client.query<{ run_id: string; slot: string }>(
      `select run_id, slot from deliveries where remote is null and gave_up is null and not ${OVERTAKEN}`,
    );
    const left = (await sandboxes()).filter((each) => !moving.has(each.run));
    return [
      ...inbox.rows.map((row) => `delivery ${row.id} was never judged: ${JSON.stringify(row.content)}`),
      ...messages.rows.map((row) => `message ${row.slot} of ${row.run_id} was never sent`),
      ...left.map((each) => `sandbox ${each.id} outlived run ${each.run}`),
      ...(await untoldSessions(client, sessions())),
    ];
  } finally {
    await client.end();
  }
}

/** Words about a moment that passed before they could be sent: what came of it is told instead. */
const OVERTAKEN =
  "(surface = 'linear' and note is null and attempted_at_ms is not null and slot ~ '^(approved|approval|ask|held):')";

const MOVING = new Set(["received", "queued", "dispatched", "provisioning", "working", "checking", "publishing"]);

interface Row {
  readonly run_id: string;
  readonly kind: string;
  readonly at_ms: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Every way in which what was found breaks a promise; empty when all hold. */
export async function findBroken(evidence: Evidence): Promise<readonly string[]> {
  const client = new Client({ connectionString: evidence.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(
      "select e.run_id, e.kind, e.at_ms, p.payload from events e join event_payloads p using (run_id, seq) order by e.run_id, e.seq",
    );
    return [
      ...(await brokenRecords(evidence.databaseUrl, rows)),
      ...(await brokenPublishings(client, evidence, rows)),
      ...brokenTokens(evidence.tokens, rows),
      ...(await spilledSecrets(client, evidence.secrets)),
      ...(await refusedMessages(client)),
      ...(await doubledActivities(client, evidence.sessions)),
    ];
  } finally {
    await client.end();
  }
}

async function brokenRecords(url: string, rows: readonly Row[]): Promise<readonly string[]> {
  const { db, close } = openDatabase({ url });
  try {
    const broken: string[] = [];
    for (const run of new Set(rows.map((row) => row.run_id))) {
      const verdict = await verifyRecord(db, run);
      if (verdict.kind === "broken") broken.push(`record of ${run}: entry ${verdict.seq} ${verdict.why}`);
    }
    return broken;
  } finally {
    await close();
  }
}

interface Sealed {
  readonly baseCommit: string;
  readonly resultTree: string;
  readonly commitMessage: string;
  readonly headBranch: string;
}

/** The commit on the code host has exactly the sealed tree, parent and message, and its pull request says whose it is. */
async function brokenPublishings(client: Client, { dir }: Evidence, rows: readonly Row[]): Promise<readonly string[]> {
  const broken: string[] = [];
  const bodies = readPullBodies(dir);
  for (const { run_id: run, payload } of rows.filter((row) => row.kind === "pull_request_opened")) {
    const { rows: sealed } = await client.query<{ sealed: Sealed }>(
      "select sealed from changes where run_id = $1 and sealed->>'resultTree' = $2 and sealed->>'baseCommit' = $3",
      [run, payload["tree"], payload["parent"]],
    );
    const record = sealed[0]?.sealed;
    const commit = readCommit(dir, String(payload["headSha"]));
    const body = bodies.get(new URL(String(payload["url"])).pathname) ?? "";
    if (record === undefined) broken.push(`pull request of ${run} shows a change that was never sealed`);
    else if (commit.tree !== record.resultTree) broken.push(`head of ${run} has tree ${commit.tree}`);
    else if (commit.parents.join() !== record.baseCommit)
      broken.push(`head of ${run} stands on ${commit.parents.join()}`);
    else if (commit.message.trimEnd() !== record.commitMessage.trimEnd())
      broken.push(`message of ${run} is not the sealed one`);
    if (!body.includes(`<!-- run:${run} -->`)) broken.push(`pull request of ${run} does not carry its marker`);
  }
  return broken;
}

interface HostCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** An object of whichever repository of the local GitHub holds it: a commit's text, or a file by `COMMIT:PATH`. */
export function readHostObject(dir: string, kind: "commit" | "blob", name: string): string | undefined {
  const repositories = join(dir, "github/repositories");
  const found = readdirSync(repositories).map((each) => catFile(join(repositories, each), kind, name));
  return found.find((raw) => raw !== undefined);
}

function readCommit(dir: string, sha: string): HostCommit {
  const [head = "", ...rest] = (readHostObject(dir, "commit", sha) ?? "").split("\n\n");
  const valuesOf = (key: string): readonly string[] =>
    head.split("\n").flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []));
  return { tree: valuesOf("tree")[0] ?? "nowhere", parents: valuesOf("parent"), message: rest.join("\n\n") };
}

function catFile(gitDir: string, kind: string, name: string): string | undefined {
  try {
    const args = ["-c", "safe.directory=*", "--git-dir", gitDir, "cat-file", kind, name];
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

/** By the path of their page: two repositories may both have a first pull request. */
function readPullBodies(dir: string): ReadonlyMap<string, string> {
  const told = JSON.parse(readFileSync(join(dir, "github/github.json"), "utf8")) as {
    repositories: { owner: string; name: string; pulls: { number: number; body: string | null }[] }[];
  };
  return new Map(
    told.repositories.flatMap(({ owner, name, pulls }) =>
      pulls.map(({ number, body }) => [`/${owner}/${name}/pull/${number}`, body ?? ""]),
    ),
  );
}

const GAINS = new Set(["approved"]);
const LOSES = new Set(["approval_void", "changes_requested", "retried", "rejected", "expired", "withdrawn", "stopped"]);

/** A token that may write is only minted while some run holds an approval. */
function brokenTokens(tokens: Evidence["tokens"], rows: readonly Row[]): readonly string[] {
  const runs = Map.groupBy(rows, (row) => row.run_id);
  const writers = tokens.filter((token) => Object.values(token.permissions).includes("write"));
  return writers.flatMap((token) => {
    const held = [...runs.values()].some((events) => holdsApproval(events, token.mintedAtMs));
    return held ? [] : [`a token for ${JSON.stringify(token.permissions)} was minted without an approval`];
  });
}

function holdsApproval(events: readonly Row[], atMs: number): boolean {
  const before = events.filter((row) => Number(row.at_ms) <= atMs);
  const last = before.findLast(
    (row) => GAINS.has(row.kind) || (LOSES.has(row.kind) && row.payload["step"] !== "publish"),
  );
  return last !== undefined && GAINS.has(last.kind);
}

async function spilledSecrets(client: Client, secrets: readonly string[]): Promise<readonly string[]> {
  const { rows: tables } = await client.query<{ name: string }>(
    "select table_schema || '.' || table_name as name from information_schema.tables where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'",
  );
  const spilled: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
    const text = rows.map((row) => row.text).join("\n");
    if (secrets.some((secret) => text.includes(secret))) spilled.push(`${name} holds a credential`);
    if (/gh[pousr]_[A-Za-z0-9]{16,}/.test(text)) spilled.push(`${name} holds a GitHub token`);
  }
  return spilled;
}

type Session = LocalLinearState["sessions"][number];

function lastingOf(session: Session): Session["activities"] {
  return session.activities.filter((each) => each.userId === session.appUserId && !each.ephemeral);
}

const WAITING = new Set(["needs_input", "awaiting_approval"]);
const TOLD: Readonly<Record<string, string>> = { response: "complete", error: "error", elicitation: "awaitingInput" };

/** A session whose last run rests says so: its last lasting word fits, and the session's status is by it. */
async function untoldSessions(client: Client, sessions: readonly Session[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string; phase: string; session_id: string }>(
    "select distinct on (session_id) id, phase, session_id from runs where session_id is not null order by session_id, created_at_ms desc",
  );
  return rows.flatMap(({ id, phase, session_id }) => {
    if (MOVING.has(phase) || phase === "approved" || phase === "over_budget") return [];
    const session = sessions.find((each) => each.id === session_id);
    if (session === undefined) return [`session of ${id} does not exist`];
    const last = String(lastingOf(session).at(-1)?.content.type);
    const fits = WAITING.has(phase) ? last === "elicitation" : TOLD[last] !== undefined;
    return fits && TOLD[last] === session.status
      ? []
      : [`session of ${id}, which is ${phase}, is ${session.status} and ends with ${last}`];
  });
}

/** Every lasting word of ours stands there by one delivery, and no two in a row say the same, but for answers asked for twice. */
async function doubledActivities(client: Client, sessions: readonly Session[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ slot: string; run_id: string; activity: string }>(
    "select slot, run_id, remote->>'activity' as activity from deliveries where surface = 'linear' and remote ? 'activity'",
  );
  const known = new Map(rows.map((row) => [row.activity, row]));
  const runs = await client.query<{ session_id: string; overtaken: string }>(
    `select session_id, count(d.slot) as overtaken
     from runs left join deliveries d on d.run_id = runs.id and d.remote is null and ${OVERTAKEN}
     where session_id is not null group by session_id`,
  );
  const ours = new Map(runs.rows.map((row) => [row.session_id, Number(row.overtaken)]));
  return sessions
    .filter((session) => ours.has(session.id))
    .flatMap((session) => {
      const lasting = lastingOf(session);
      // Sent, and overtaken before the answer came: it stands there all the same, once.
      const strange = lasting.filter((each) => !known.has(each.id));
      const unknown =
        strange.length <= (ours.get(session.id) ?? 0) ? [] : strange.map((each) => `nobody knows of ${wordsOf(each)}`);
      const twice = lasting.filter((each, index) => {
        const before = lasting[index - 1];
        const isAnswer = known.get(each.id)?.slot.startsWith("note:") === true;
        return before !== undefined && !isAnswer && wordsOf(before) === wordsOf(each);
      });
      return [...unknown, ...twice.map((each) => `twice in a row in ${session.id}: ${wordsOf(each)}`)];
    });
}

function wordsOf({ content, signalMetadata }: Session["activities"][number]): string {
  return JSON.stringify([content, signalMetadata]);
}

/** Neither Slack nor Linear refused any of our messages for good. */
async function refusedMessages(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ run_id: string; slot: string; gave_up: string }>(
    "select run_id, slot, gave_up from deliveries where gave_up is not null",
  );
  return rows.map((row) => `message ${row.slot} of ${row.run_id} was refused: ${row.gave_up}`);
}
