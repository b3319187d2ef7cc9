// Slack: both tokens tried, scopes compared with the manifest, every group of the policy looked up.
import { readFileSync } from "node:fs";
import { WebClient } from "@slack/web-api";
import type { Config } from "../../src/config.ts";
import type { Policy } from "../../src/core/policy.ts";
import { groupsToRead } from "../../src/core/routing.ts";
import { bad, firstLine, off, ok, type Finding } from "./finding.ts";

/** Needed for people of Linear alone, so it is judged apart. */
const EMAIL_SCOPE = "users:read.email";
const SCOPES_FIX = "add them under OAuth & Permissions, then reinstall the app";

/** The scopes our manifest asks for, so that manifest and check cannot drift apart. */
function wantedScopes(): readonly string[] {
  const manifest: unknown = JSON.parse(readFileSync("manifests/slack.json", "utf8"));
  const scopes: unknown = Reflect.get(
    Object(Reflect.get(Object(Reflect.get(Object(manifest), "oauth_config")), "scopes")),
    "bot",
  );
  return Array.isArray(scopes) ? scopes.map(String) : [];
}

export async function checkSlack({ slack, linear }: Config): Promise<readonly Finding[]> {
  if (slack === undefined)
    return [
      bad(
        "slack",
        "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are not set",
        "make the app from manifests/slack.json; README, Connect Slack",
      ),
    ];
  const options = {
    ...(slack.apiUrl === undefined ? {} : { slackApiUrl: slack.apiUrl }),
    retryConfig: { retries: 0 },
    timeout: 10_000,
  };
  const findings: Finding[] = [];
  try {
    const who = await new WebClient(slack.botToken, options).auth.test();
    findings.push(ok("slack", `bot ${who.user} in ${who.team}`));
    findings.push(...judgeScopes(who.response_metadata?.scopes ?? [], linear !== undefined));
  } catch (cause) {
    findings.push(
      bad("slack", `SLACK_BOT_TOKEN: ${firstLine(cause)}`, "copy the Bot User OAuth Token again from Install App"),
    );
  }
  try {
    await new WebClient(slack.appToken, options).apps.connections.open({});
    findings.push(ok("slack", "the app token opens a socket"));
  } catch (cause) {
    findings.push(
      bad(
        "slack",
        `SLACK_APP_TOKEN: ${firstLine(cause)}`,
        "make an app-level token with connections:write under Basic Information, and switch Socket Mode on",
      ),
    );
  }
  return findings;
}

function judgeScopes(granted: readonly string[], usesLinear: boolean): readonly Finding[] {
  if (granted.length === 0) return [ok("slack", "scopes are not reported by this service")];
  const missing = wantedScopes().filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return [ok("slack", "every scope of the manifest is granted")];
  const needed = missing.filter((scope) => scope !== EMAIL_SCOPE);
  return [
    ...(needed.length === 0 ? [] : [bad("slack", `missing scopes: ${needed.join(", ")}`, SCOPES_FIX)]),
    ...(missing.includes(EMAIL_SCOPE) ? [judgeEmailScope(usesLinear)] : []),
  ];
}

function judgeEmailScope(usesLinear: boolean): Finding {
  if (!usesLinear) return off("slack", `scope ${EMAIL_SCOPE} is missing; only Linear needs it`);
  const says = `scope ${EMAIL_SCOPE} is missing: nobody in Linear can be tied to a person here, so nobody there may ask or approve`;
  return bad("slack", says, SCOPES_FIX.replace("them", "it"));
}

export async function checkGroups({ slack }: Config, loaded: Policy | undefined): Promise<readonly Finding[]> {
  if (slack === undefined || loaded === undefined) return [];
  const client = new WebClient(slack.botToken, {
    ...(slack.apiUrl === undefined ? {} : { slackApiUrl: slack.apiUrl }),
    retryConfig: { retries: 0 },
    timeout: 10_000,
  });
  try {
    const listed = await client.usergroups.list({ include_count: true });
    const known = new Map((listed.usergroups ?? []).map((group) => [group.id, group]));
    return groupsToRead(loaded).map((id) => {
      const group = known.get(id);
      if (group === undefined)
        return bad(
          "groups",
          `${id} is in the policy, but not in Slack`,
          "copy the id from the group's profile (… → Copy group ID) into the policy",
        );
      const members = group.user_count ?? 0;
      return members === 0
        ? bad("groups", `@${group.handle} (${id}) has no members`, "add people to it in Slack")
        : ok("groups", `@${group.handle} (${id}) has ${members}`);
    });
  } catch (cause) {
    return [bad("groups", firstLine(cause), "grant the scope usergroups:read and reinstall the app")];
  }
}
