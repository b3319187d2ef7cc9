// From a delegation in Linear to the first thought in its session, while 30 runs are at work and the code host is slow.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { eraseStack } from "../local-services.ts";
import { LINEAR_PEOPLE } from "../seed-linear.ts";
import { openStage, type Stage } from "../stage.ts";
import { print, times } from "./measure.ts";

const BUSY_RUNS = 30;
const MEASURED = 40;
const PAUSE_MS = 250;
const SLOW_MS = 5000;
const PATIENCE_MS = 120_000;
/** The baseline's own: minting another would end the bot's. */
const BARE_TOKEN = "lin_bench_bare";

export async function benchLinear(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "countersign-bench-linear-"));
  const ports = { slack: 0, github: 0, e2b: 0, linear: 0, bot: 0, admin: 0 };
  const wire = { delayMs: 0 };
  const slow = createServer((req, res) => void forward(wire, { req, res }));
  await new Promise<void>((done) => slow.listen(0, "127.0.0.1", done));
  const stage = await openStage({
    dir,
    policyDir: writePolicy(join(dir, "policy")),
    ports,
    logLevel: "silent",
    linear: { accessToken: BARE_TOKEN },
    beforeBot: (env) => ({ GITHUB_API_URL: redirect(wire, slow, env["GITHUB_API_URL"] ?? "") }),
  });
  try {
    const busy = await keepBusy(stage);
    wire.delayMs = SLOW_MS;
    const base = await times(MEASURED, () => bareThought(stage, busy[0] ?? ""));
    const mine: number[] = [];
    for (let index = 0; index < MEASURED; index += 1) {
      mine.push(await firstThought(stage));
      await sleep(PAUSE_MS);
    }
    const what = `a delegation's first thought, ${BUSY_RUNS} runs at work, code host ${SLOW_MS / 1000} s slow`;
    print({ bench: "linear", what, baseline: "one bare agentActivityCreate" }, { mine, base });
  } finally {
    slow.closeAllConnections();
    slow.close();
    await stage.close();
    eraseStack(dir);
  }
}

interface Wire {
  delayMs: number;
  target?: URL;
}

function redirect(wire: Wire, server: Server, target: string): string {
  wire.target = new URL(target);
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}${wire.target.pathname.replace(/\/$/, "")}`;
}

/** The same request, later. */
async function forward(
  wire: Wire,
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
): Promise<void> {
  await sleep(wire.delayMs);
  const { hostname, port } = wire.target ?? new URL("http://127.0.0.1");
  const headers = { ...req.headers, host: `${hostname}:${port}` };
  const onward = send({ hostname, port, path: req.url, method: req.method, headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
  });
  onward.once("error", () => res.destroy());
  req.pipe(onward);
}

async function keepBusy({ linear }: Stage): Promise<readonly string[]> {
  const sessions: string[] = [];
  for (let index = 0; index < BUSY_RUNS; index += 1) sessions.push(await handOver(linear, "wait 600 seconds"));
  // As many as one process carries at a time are at work; the rest waits behind them.
  await linear.waitFor(
    (state) =>
      state.sessions.filter((session) =>
        session.plan?.some((step) => /Work on/.test(step.content) && step.status === "inProgress"),
      ).length >= 5,
    { timeoutMs: PATIENCE_MS, what: "runs at work" },
  );
  return sessions;
}

let made = 5000;

async function handOver(linear: Stage["linear"], description: string): Promise<string> {
  made += 1;
  const user = LINEAR_PEOPLE.requester;
  const about = { user, team: "MKT", number: made, title: `Bench ${made}`, description, labels: ["website"] };
  const { issue } = await linear.createIssue(about);
  const { session } = await linear.delegate({ user, issue });
  return session ?? "";
}

/** Milliseconds by the service's own clock: from the session's birth, whose webhook is sent then, to our first word in it. */
async function firstThought({ linear }: Stage): Promise<number> {
  const session = await handOver(linear, "answer: done");
  return linear.waitFor(
    (state) => {
      const found = state.sessions.find((each) => each.id === session);
      const first = found?.activities.find((each) => each.author === "Countersign");
      return found === undefined || first === undefined ? undefined : first.atMs - found.createdAtMs;
    },
    { timeoutMs: PATIENCE_MS, what: "the first thought" },
  );
}

/** One passing activity, by a client that does nothing else. */
async function bareThought({ linear }: Stage, session: string): Promise<void> {
  const query = "mutation Bare($input: AgentActivityCreateInput!) { agentActivityCreate(input: $input) { success } }";
  const input = { agentSessionId: session, ephemeral: true, content: { type: "thought", body: "bare" } };
  const answer = await fetch(`${linear.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${BARE_TOKEN}` },
    body: JSON.stringify({ query, variables: { input } }),
  });
  if (!answer.ok) throw new Error(`a bare activity was refused: ${answer.status}`);
  await answer.arrayBuffer();
}

function writePolicy(folder: string): string {
  const team = {
    team: "marketing",
    members: { slackUsergroups: ["S0MKT"], linearTeams: ["MKT"] },
    may: ["change"],
    repositories: [{ repo: "acme/website", base: "main", paths: { write: ["content/**"] } }],
    owners: { slackUsergroups: ["S0WEBOWNERS"] },
    agent: { use: "command", command: ["demo-agent"] },
    limits: { run: { time: "1h" }, atOnce: BUSY_RUNS },
  };
  mkdirSync(join(folder, "teams"), { recursive: true });
  writeFileSync(join(folder, "org.yaml"), stringify({ admins: { slackUsergroups: ["S0PLATFORM"] } }));
  writeFileSync(join(folder, "teams", "marketing.yaml"), stringify(team));
  return folder;
}
