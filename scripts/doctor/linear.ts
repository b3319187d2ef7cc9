// Linear: a token had without hurting a running bot, who we are there, the teams of the policy, and what is heard.
import { z } from "zod";
import type { Config, LinearConfig } from "../../src/config.ts";
import type { Policy } from "../../src/core/policy.ts";
import { createCall, type Call, type LinearProblem } from "../../src/linear/call.ts";
import { READ_TEAMS, WHO_AM_I } from "../../src/linear/documents.ts";
import { bad, off, ok, type Finding } from "./finding.ts";
import { isClientRefused, openTokens } from "./linear-token.ts";
import { judgeTeams } from "./linear-teams.ts";

const SETUP = "manifests/linear.md";

const whoSchema = z.object({
  viewer: z.object({ name: z.string() }),
  organization: z.object({ name: z.string() }),
});
const teamsSchema = z.object({
  teams: z.object({ nodes: z.array(z.object({ key: z.string(), name: z.string() })) }),
});

export async function checkLinear(config: Config, policy: Policy | undefined): Promise<readonly Finding[]> {
  const { linear } = config;
  if (linear === undefined) {
    return [off("linear", `not set up: nobody can hand an issue over, and runs show in Slack only (${SETUP})`)];
  }
  return [...(await checkAccess(config, linear, policy)), ...judgeHearing(config, linear)];
}

async function checkAccess(
  config: Config,
  linear: LinearConfig,
  policy: Policy | undefined,
): Promise<readonly Finding[]> {
  if (await isClientRefused(linear)) {
    const fix = `copy client id and secret again from the app's page, and switch its client credentials on; ${SETUP}`;
    return [bad("linear", "LINEAR_CLIENT_SECRET is not the secret of the app LINEAR_CLIENT_ID", fix)];
  }
  const opened = await openTokens(config, linear);
  if (opened.kind === "closed") return [opened.finding];
  const call = createCall({ apiUrl: linear.apiUrl, tokens: opened.tokens, clock: opened.clock });
  try {
    const who = await call(WHO_AM_I, {}, whoSchema);
    if (!who.ok) return [opened.trouble() ?? refused(who.problem, linear)];
    const { viewer, organization } = who.value;
    const named = ok("linear", `app ${viewer.name} in ${organization.name}; ${opened.says()}`);
    return [named, ...(await checkTeams(call, policy))];
  } finally {
    await opened.close();
  }
}

function refused(problem: LinearProblem, linear: LinearConfig): Finding {
  const says = "detail" in problem ? problem.detail : "Linear limits our calls just now";
  if (problem.kind === "rate-limited") return bad("linear", says, "wait some minutes, then ask the doctor again");
  const fix =
    linear.accessToken === undefined
      ? `is the app there, with client credentials on, and does this machine reach ${new URL(linear.apiUrl).host}? ${SETUP}`
      : `make a new token with actor=app for LINEAR_ACCESS_TOKEN, or use client credentials; ${SETUP}`;
  return bad("linear", says, fix);
}

async function checkTeams(call: Call, policy: Policy | undefined): Promise<readonly Finding[]> {
  if (policy === undefined) return [];
  const read = await call(READ_TEAMS, {}, teamsSchema);
  if (read.ok) return judgeTeams(policy, read.value.teams.nodes);
  const why = "detail" in read.problem ? read.problem.detail : read.problem.kind;
  return [bad("linear", `its teams cannot be read: ${why}`, `give the app the scope read; ${SETUP}`)];
}

/** What people do there must reach us, and within seconds. */
function judgeHearing({ publicUrl }: Config, { webhookSecret }: LinearConfig): readonly Finding[] {
  if (webhookSecret === undefined) {
    const says =
      "LINEAR_WEBHOOK_SECRET is not set: work is found up to a minute late, so Linear calls each session unresponsive";
    return [bad("linear", says, `switch the app's webhooks on and copy their signing secret; ${SETUP}`)];
  }
  if (publicUrl === undefined) {
    return [
      off("linear", "PUBLIC_URL is not set: webhooks arrive only from this machine, all else up to a minute late"),
    ];
  }
  return isReachable(publicUrl)
    ? [ok("linear", `webhooks are expected at ${publicUrl}/linear/webhook`)]
    : [
        bad(
          "linear",
          "PUBLIC_URL is not https: Linear delivers webhooks to https addresses only",
          "put a proxy with a certificate in front of PORT, and name its address",
        ),
      ];
}

const LOCAL_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

function isReachable(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === "https:" || LOCAL_HOSTS.has(hostname);
}
