// Webhook bodies in the shapes of Linear's own payload types; each test changes what it is about.
import type { EventContext } from "../../src/linear/heard.ts";

const ORG = "org-1";
export const APP_USER = "app-user-1";
const OAUTH = "oauth-1";
export const AT = "2026-11-23T10:00:00.000Z";
export const CONTEXT: EventContext = {
  identity: { organizationId: ORG, appUserId: APP_USER, appName: "Countersign" },
  clientId: OAUTH,
  uploadsUrl: "https://uploads.linear.app",
};

type Fields = Readonly<Record<string, unknown>>;

export const issueBody = {
  id: "issue-1",
  identifier: "ENG-1",
  title: "Login redirect loops",
  description: "It loops.",
  url: "https://linear.app/acme/issue/ENG-1/login-redirect-loops",
  teamId: "team-eng",
  team: { id: "team-eng", key: "ENG", name: "Engineering" },
};

export const ada = { id: "ada", name: "Ada Lovelace", email: "ada@acme.test", url: "https://linear.app/acme/u/ada" };

function owned(type: string, fields: Fields): Fields {
  const { appUserId = APP_USER, oauthClientId = OAUTH, ...rest } = fields;
  return { type, createdAt: AT, organizationId: ORG, oauthClientId, appUserId, ...rest };
}

/** The thread that Linear itself opens for an issue that was handed over. */
const ownThread = { id: "comment-root", body: "This thread is for an agent session with countersign." };

export function created(session: Fields = {}, more: Fields = {}): Fields {
  return owned("AgentSessionEvent", {
    action: "created",
    agentSession: {
      id: "session-1",
      status: "pending",
      issueId: issueBody.id,
      issue: issueBody,
      commentId: ownThread.id,
      comment: ownThread,
      sourceCommentId: null,
      creatorId: ada.id,
      creator: ada,
      ...session,
    },
    promptContext: `<issue identifier="ENG-1"><title>Login redirect loops</title></issue>`,
    guidance: [],
    ...more,
  });
}

export function prompted(activity: Fields = {}, session: Fields = {}): Fields {
  return {
    ...created(session),
    action: "prompted",
    promptContext: undefined,
    agentActivity: {
      id: "activity-1",
      createdAt: AT,
      agentSessionId: "session-1",
      content: { type: "prompt", body: "Also the logout, please." },
      signal: null,
      userId: ada.id,
      user: ada,
      ...activity,
    },
  };
}

export function issueUpdate(data: Fields, updatedFrom: Fields, action = "update"): Fields {
  return {
    type: "Issue",
    action,
    createdAt: AT,
    organizationId: ORG,
    actor: { id: ada.id, name: ada.name, type: "user" },
    data: {
      ...issueBody,
      updatedAt: AT,
      trashed: null,
      archivedAt: null,
      delegateId: APP_USER,
      assigneeId: ada.id,
      state: { type: "started" },
      ...data,
    },
    ...(action === "update" ? { updatedFrom } : {}),
  };
}

export function notification(action: string, fields: Fields = {}): Fields {
  return owned("AppUserNotification", {
    action,
    notification: { id: "n-1", type: action, createdAt: AT, actor: ada, actorId: ada.id, issue: issueBody, ...fields },
  });
}
