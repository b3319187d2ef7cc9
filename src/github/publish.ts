// Publishing: the only part of the bot that writes to the code host, and only with a sealed approval in hand.
import { z } from "zod";
import { good } from "../core/problem.ts";
import type { Publisher, PublishSession, SealedApproval } from "../ports.ts";
import { mintToken, openHost, readName, type Minted } from "./code-host.ts";
import { failed, tellProblem, type Desk, type Published } from "./desk.ts";
import { callHost } from "./host-call.ts";
import type { GithubOptions } from "./options.ts";
import { publishCommit } from "./publish-commit.ts";
import { publishHead } from "./publish-head.ts";
import { publishPull, publishVerdict, type Verdict } from "./publish-pull.ts";
import { placeOf } from "./pulls.ts";

export function createPublisher(options: GithubOptions): Publisher {
  const host = openHost(options);
  return {
    begin: async (repository, approval): Promise<Published<PublishSession>> => {
      const permissions = { contents: "write", pull_requests: "write" } as const;
      const client = await mintToken(host, { repository, permissions, approval });
      if (!client.ok) return failed(client.problem);
      const tokens = [client.value];
      const named = await readName(client.value, repository.id).catch(async (error: unknown) => {
        await revokeAll(options, tokens);
        throw error;
      });
      if (!named.ok) {
        await revokeAll(options, tokens);
        return failed(named.problem);
      }
      const place = placeOf(named.value);
      const desk: Desk = { host, repository, record: approval.record, client: client.value, place };
      return good(openSession(desk, approval, tokens));
    },
  };
}

function openSession(desk: Desk, approval: SealedApproval, tokens: Minted[]): PublishSession {
  const { options } = desk.host;
  return {
    createCommit: (change) => publishCommit(desk, change),
    moveHead: (sha, expected) => publishHead(desk, sha, expected),
    openPullRequest: (input) => publishPull(desk, input),
    reportApproval: async (headSha, verdict) => {
      const problem = await reportVerdict(desk, { approval, tokens, headSha, verdict }).catch((error: unknown) =>
        String(error),
      );
      if (problem !== undefined)
        options.log.warn({ run: desk.record.run, detail: problem }, "the approval check was not written");
    },
    end: () => revokeAll(options, tokens),
  };
}

interface Report {
  readonly approval: SealedApproval;
  readonly tokens: Minted[];
  readonly headSha: string;
  readonly verdict: Verdict;
}

async function reportVerdict(desk: Desk, { approval, tokens, headSha, verdict }: Report): Promise<string | undefined> {
  const { host, repository } = desk;
  const client = await mintToken(host, { repository, permissions: { checks: "write" }, approval });
  if (!client.ok) return tellProblem(client.problem).detail;
  tokens.push(client.value);
  const written = await publishVerdict(desk, client.value, { headSha, verdict });
  return written.ok ? undefined : written.problem.detail;
}

/** A token that cannot be revoked lives on for an hour at most; that must not undo what was published. */
async function revokeAll(options: GithubOptions, tokens: Minted[]): Promise<void> {
  for (const client of tokens.splice(0)) {
    const gone = await callHost(client, {
      schema: z.unknown(),
      tries: "repeat",
      send: (octokit) => octokit.rest.apps.revokeInstallationAccessToken(),
    });
    if (!gone.ok && !(gone.problem.kind === "refused" && gone.problem.status === 401))
      options.log.warn({ detail: gone.problem.detail }, "a publishing token was not revoked and will expire by itself");
  }
}
