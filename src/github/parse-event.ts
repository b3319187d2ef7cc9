// The code host's webhook payloads, reduced to what a run needs to know.
import { z } from "zod";
import type { HostEvent } from "../core/interaction.ts";
import { HEAD_PREFIX } from "../core/pull-request.ts";

export type ParsedEvent =
  | { readonly kind: "event"; readonly event: HostEvent }
  | { readonly kind: "ignored"; readonly why: string }
  | { readonly kind: "malformed"; readonly detail: string };

export interface OurApp {
  readonly appId: number;
}

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const user = z.object({ login: z.string(), type: z.string().optional() });
const repository = z.object({ id: z.number().int() });
const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const pullRequestPayload = z.object({
  action: z.string(),
  repository,
  sender: user,
  pull_request: z.object({
    number: z.number().int(),
    user: user.nullish(),
    head: z.object({ ref: z.string(), sha, repo: repository.nullable().optional() }),
    merged: z.boolean().nullish(),
    merged_by: user.nullish(),
    merge_commit_sha: sha.nullish(),
    merged_at: instant.nullish(),
    closed_at: instant.nullish(),
    updated_at: instant.nullish(),
  }),
});

const checkRunPayload = z.object({
  action: z.string(),
  repository,
  sender: user,
  check_run: z.object({
    name: z.string(),
    head_sha: sha,
    conclusion: z.string().nullable(),
    html_url: z.string().nullish(),
    app: z.object({ id: z.number().int() }).nullish(),
    check_suite: z.object({ head_branch: z.string().nullish() }).nullish(),
  }),
});

const statusPayload = z.object({
  repository,
  sender: user,
  sha,
  context: z.string(),
  state: z.string(),
  target_url: z.string().nullish(),
});

/** `name` is X-GitHub-Event. */
export function parseEvent(name: string, payload: unknown, app: OurApp): ParsedEvent {
  switch (name) {
    case "pull_request":
      return parseWith(pullRequestPayload, payload, readPullRequestEvent);
    case "check_run":
      return parseWith(checkRunPayload, payload, (value) => readCheckRun(value, app));
    case "status":
      return parseWith(statusPayload, payload, readStatus);
    default:
      return { kind: "ignored", why: `event ${name}` };
  }
}

function parseWith<T>(schema: z.ZodType<T>, payload: unknown, read: (value: T) => ParsedEvent): ParsedEvent {
  const parsed = schema.safeParse(payload);
  return parsed.success ? read(parsed.data) : { kind: "malformed", detail: z.prettifyError(parsed.error) };
}

function readPullRequestEvent(payload: z.infer<typeof pullRequestPayload>): ParsedEvent {
  const { pull_request: pull, sender, action } = payload;
  if (!pull.head.ref.startsWith(HEAD_PREFIX)) return { kind: "ignored", why: "not a branch of ours" };
  // A fork may carry a branch of the same name.
  if (pull.head.repo != null && pull.head.repo.id !== payload.repository.id) return { kind: "ignored", why: "a fork" };
  // The pull requests on our branches are opened by our bot; what their opener does is our own doing, told back to us.
  if (sender.type === "Bot" && sender.login === pull.user?.login) return { kind: "ignored", why: "our own doing" };
  const about = { repositoryId: payload.repository.id, number: pull.number, by: sender.login };
  switch (action) {
    case "closed":
      return closedEvent(payload);
    case "synchronize":
      return { kind: "event", event: { kind: "pushed", ...about, headSha: pull.head.sha } };
    case "ready_for_review":
      return { kind: "event", event: { kind: "ready", ...about, draft: false } };
    case "converted_to_draft":
      return { kind: "event", event: { kind: "ready", ...about, draft: true } };
    default:
      return { kind: "ignored", why: `pull_request ${action}` };
  }
}

function closedEvent({ pull_request: pull, repository, sender }: z.infer<typeof pullRequestPayload>): ParsedEvent {
  const atMs = pull.merged_at ?? pull.closed_at ?? pull.updated_at;
  if (atMs == null) return { kind: "malformed", detail: "a closed pull request without a time" };
  const about = { repositoryId: repository.id, number: pull.number, atMs };
  if (pull.merged !== true) return { kind: "event", event: { kind: "closed", ...about, by: sender.login } };
  if (pull.merge_commit_sha == null) return { kind: "malformed", detail: "a merge without its commit" };
  const by = pull.merged_by?.login ?? sender.login;
  return { kind: "event", event: { kind: "merged", ...about, by, commit: pull.merge_commit_sha } };
}

function readCheckRun(payload: z.infer<typeof checkRunPayload>, app: OurApp): ParsedEvent {
  const { check_run: check } = payload;
  if (check.app?.id === app.appId) return { kind: "ignored", why: "our own check" };
  if (payload.action !== "completed" || check.conclusion === null) return { kind: "ignored", why: "not finished" };
  const branch = check.check_suite?.head_branch;
  if (branch != null && !branch.startsWith(HEAD_PREFIX)) return { kind: "ignored", why: "not a branch of ours" };
  return {
    kind: "event",
    event: {
      kind: "ci",
      repositoryId: payload.repository.id,
      headSha: check.head_sha,
      name: check.name,
      conclusion: check.conclusion,
      ...(check.html_url == null ? {} : { url: check.html_url }),
    },
  };
}

const STATUS_CONCLUSIONS: ReadonlyMap<string, string> = new Map([
  ["success", "success"],
  ["failure", "failure"],
  ["error", "failure"],
]);

function readStatus(payload: z.infer<typeof statusPayload>): ParsedEvent {
  const conclusion = STATUS_CONCLUSIONS.get(payload.state);
  if (conclusion === undefined) return { kind: "ignored", why: "not finished" };
  return {
    kind: "event",
    event: {
      kind: "ci",
      repositoryId: payload.repository.id,
      headSha: payload.sha,
      name: payload.context,
      conclusion,
      ...(payload.target_url == null ? {} : { url: payload.target_url }),
    },
  };
}
