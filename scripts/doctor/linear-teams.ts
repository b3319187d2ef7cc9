// The Linear teams that a policy names, held against those the app can see.
import type { Policy } from "../../src/core/policy.ts";
import { bad, off, ok, type Finding } from "./finding.ts";

interface SeenTeam {
  readonly key: string;
  readonly name: string;
}

/** As many as one answer holds: a team beyond them is not missing, only not seen here. */
const LISTED = 100;

export function judgeTeams(policy: Policy, seen: readonly SeenTeam[]): readonly Finding[] {
  const wanted = namedTeams(policy);
  if (wanted.size === 0) {
    return [off("linear", "no team of the policy names a Linear team: people's Slack groups alone decide")];
  }
  return [...[...wanted].map(([key, file]) => judgeTeam({ key, file }, seen)), ...adviseMembership(policy)];
}

/** Each team's key, with the first file that names it. */
function namedTeams(policy: Policy): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const { team, members, repositories } of policy.teams) {
    const keys = [...(members.linearTeams ?? []), ...repositories.flatMap(({ linear }) => linear?.teams ?? [])];
    for (const key of keys) if (!named.has(key)) named.set(key, `teams/${team}.yaml`);
  }
  return named;
}

function judgeTeam({ key, file }: { readonly key: string; readonly file: string }, seen: readonly SeenTeam[]): Finding {
  const found = seen.find((team) => team.key === key);
  if (found !== undefined) return ok("linear", `team ${key} (${found.name}) is visible to the app`);
  if (seen.length >= LISTED) return off("linear", `team ${key} is not among the first ${LISTED} the app sees`);
  return bad(
    "linear",
    `team ${key} is in ${file}, but the app sees no such team`,
    "mend the key (what its issues begin with), or give the app access to the team: Linear, Settings, Applications",
  );
}

/** Owners are never taken from Linear, so this opens asking, not approving. */
function adviseMembership(policy: Policy): readonly Finding[] {
  return policy.teams.flatMap(({ team, members }) => {
    const keys = members.linearTeams ?? [];
    if (keys.length === 0) return [];
    const says = `advice: whoever joins ${keys.join(" or ")} in Linear may ask as ${team}; make it private there if not everybody should`;
    return [off("linear", says)];
  });
}
