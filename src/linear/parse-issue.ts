// What happens to issues, and to our access: mostly nothing to us, sometimes the end of a run.
import { z } from "zod";
import type { HaltReason } from "../core/interaction.ts";
import type { Person } from "../core/request.ts";
import { timeOf, type EventContext, type Heard } from "./heard.ts";
import { issueBodySchema, issueOf } from "./parse-session.ts";
import { personName, PREFIX } from "./people.ts";

const actorSchema = z
  .object({ id: z.string().nullish(), name: z.string().nullish(), type: z.string().nullish() })
  .nullish();
type Actor = z.infer<typeof actorSchema>;

const issueEventSchema = z.object({
  action: z.string(),
  createdAt: z.string(),
  actor: actorSchema,
  data: z.object({
    id: z.string(),
    updatedAt: z.string().nullish(),
    trashed: z.boolean().nullish(),
    archivedAt: z.string().nullish(),
    delegateId: z.string().nullish(),
    assigneeId: z.string().nullish(),
    state: z.object({ type: z.string() }).nullish(),
  }),
  updatedFrom: z.looseObject({ delegateId: z.string().nullish(), assigneeId: z.string().nullish() }).nullish(),
});
type IssueEvent = z.infer<typeof issueEventSchema>;

const notificationSchema = z.object({
  action: z.string(),
  notification: z.object({
    id: z.string(),
    createdAt: z.string(),
    actor: z.object({ id: z.string(), name: z.string() }).nullish(),
    issue: issueBodySchema.nullish(),
  }),
});

export function readEvent(type: string, body: unknown, context: EventContext): Heard {
  switch (type) {
    case "Issue": {
      const parsed = issueEventSchema.safeParse(body);
      return parsed.success ? readIssue(parsed.data, context) : malformed(parsed.error);
    }
    case "AppUserNotification": {
      const parsed = notificationSchema.safeParse(body);
      return parsed.success ? readNotification(parsed.data, context) : malformed(parsed.error);
    }
    case "PermissionChange":
      return { kind: "ignored", says: "the teams this app may see were changed; npm run doctor shows them" };
    case "OAuthApp":
      return {
        kind: "ignored",
        says: "the app was removed from the workspace: install it again (manifests/linear.md)",
      };
    default:
      return { kind: "ignored" };
  }
}

function malformed(error: z.ZodError): Heard {
  return { kind: "malformed", detail: z.prettifyError(error) };
}

function readIssue(event: IssueEvent, { identity }: EventContext): Heard {
  const why = judgeIssue(event, identity.appUserId);
  if (why === undefined) return { kind: "ignored" };
  const { data, createdAt, actor } = event;
  const key = `issue:${data.id}:${data.updatedAt ?? createdAt}:${why}`;
  const halt = { kind: "halt", why, by: personOf(actor), atMs: timeOf(createdAt), issue: data.id } as const;
  return { kind: "event", key, event: halt };
}

/** Only what changed just now counts: an issue that was canceled long ago may be talked about. */
function judgeIssue({ action, data, updatedFrom }: IssueEvent, appUserId: string): HaltReason | undefined {
  if (action === "remove") return "issue_deleted";
  if (action !== "update" || updatedFrom === null || updatedFrom === undefined) return undefined;
  const changed = (field: string): boolean => Object.hasOwn(updatedFrom, field);
  const isGone = data.trashed === true || (data.archivedAt ?? undefined) !== undefined;
  if (isGone && (changed("trashed") || changed("archivedAt"))) return "issue_deleted";
  if (changed("stateId") && data.state?.type === "canceled") return "issue_canceled";
  const leftDelegate = updatedFrom.delegateId === appUserId && data.delegateId !== appUserId;
  const leftAssignee = updatedFrom.assigneeId === appUserId && data.assigneeId !== appUserId;
  return leftDelegate || leftAssignee ? "undelegated" : undefined;
}

function personOf(actor: Actor): Person {
  const id = actor?.id ?? undefined;
  const name = personName(actor?.name ?? "somebody in Linear");
  return { id: `${PREFIX}${id ?? "unknown"}`, name };
}

function readNotification(
  { action, notification }: z.infer<typeof notificationSchema>,
  { identity }: EventContext,
): Heard {
  const { id, createdAt, actor, issue } = notification;
  if (issue === null || issue === undefined) return { kind: "ignored" };
  const by = personOf(actor);
  const key = `notification:${id}`;
  if (action === "issueUnassignedFromYou") {
    const halt = { kind: "halt", why: "undelegated", by, atMs: timeOf(createdAt), issue: issue.id } as const;
    return { kind: "event", key, event: halt };
  }
  if (action !== "issueAssignedToYou" || actor === null || actor === undefined) return { kind: "ignored" };
  const request = {
    kind: "issue" as const,
    requester: by,
    place: { surface: "linear" as const, workspace: identity.organizationId, channel: "" },
    text: `Resolve the issue ${issue.identifier}.`,
    files: [],
    issue: issueOf(issue),
  };
  return { kind: "event", key, event: { kind: "assigned", request } };
}
