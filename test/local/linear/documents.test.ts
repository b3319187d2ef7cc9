import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import * as documents from "../../../src/linear/documents.ts";
import { ADA, BOT, clientOf, issueIn, open, start } from "./fixture.ts";

it("every document that we send is answered in full", async () => {
  const linear = await start();
  const session = await open(linear);
  await linear.prompt({ user: ADA, session, body: "Also the logout, please." });
  const id = randomUUID();
  const url = { label: "Run", url: "http://127.0.0.1:1/runs/1" };
  const candidates = [
    { hostname: "github.com", repositoryFullName: "acme/web-shop" },
    { hostname: "github.com", repositoryFullName: "acme/ledger" },
  ];
  const stateId = issueIn(linear, "ENG-1").state.id;
  const variables: Record<string, Record<string, unknown>> = {
    READ_ISSUE: { id: "ENG-1" },
    READ_ISSUE_TEXT: { id: "issue-1" },
    READ_PERSON: { id: ADA },
    CREATE_ACTIVITY: { input: { id, agentSessionId: session, content: { type: "thought", body: "Reading" } } },
    FIND_ACTIVITY: { id },
    UPDATE_SESSION: { id: session, input: { addedExternalUrls: [url], plan: [{ content: "Fix", status: "pending" }] } },
    OPEN_SESSION: { input: { issueId: "ENG-1", externalUrls: [url] } },
    READ_SESSIONS_OF_ISSUE: { id: "ENG-1" },
    SUGGEST_REPOSITORIES: { issueId: "ENG-1", candidates, sessionId: session },
    READ_STARTED_STATES: { team: "team-eng" },
    UPDATE_ISSUE: { id: "ENG-1", input: { stateId, delegateId: BOT } },
  };
  const { client } = clientOf(linear);
  const answers: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(documents)) {
    const answer = await client.rawRequest<unknown, Record<string, unknown>>(text, variables[name] ?? {});
    expect(answer.data, name).toBeDefined();
    answers[name] = answer.data;
  }
  expect(answers).toMatchObject({
    WHO_AM_I: { viewer: { id: BOT, name: "Countersign" }, organization: { id: "org-1", urlKey: "acme" } },
    READ_ISSUE: { issue: { identifier: "ENG-1", delegate: { id: BOT }, state: { type: "backlog" } } },
    READ_ISSUE_TEXT: { issue: { creator: { id: ADA, guest: false, app: false } } },
    READ_PERSON: { user: { email: "ada@acme.test", teamMemberships: { nodes: [{ team: { key: "ENG" } }] } } },
    FIND_ACTIVITY: { agentActivity: { id, agentSession: { id: session } } },
    SUGGEST_REPOSITORIES: {
      issueRepositorySuggestions: { suggestions: [{ repositoryFullName: "acme/web-shop", confidence: 1 }] },
    },
    READ_TEAMS: { teams: { nodes: [{ key: "ENG" }, { key: "OPS" }] } },
  });
  const states = (answers["READ_STARTED_STATES"] as { team: { states: { nodes: { position: number }[] } } }).team;
  expect(states.states.nodes.map(({ position }) => position)).toEqual([3_000, 2_000]);
  const { nodes } = (answers["READ_SESSIONS"] as { agentSessions: { nodes: { activities: unknown }[] } }).agentSessions;
  expect(nodes.at(-1)).toMatchObject({
    id: session,
    creator: { id: ADA },
    activities: { nodes: [{ user: { id: ADA }, content: { body: "Also the logout, please." } }] },
  });
});

it("answers the typed calls of the SDK", async () => {
  const linear = await start();
  const sdk = clientOf(linear);
  const viewer = await sdk.viewer;
  expect(viewer.id).toBe(BOT);
  expect((await sdk.organization).name).toBe("Acme");
  const issue = await sdk.issue("ENG-1");
  expect(issue.branchName).toContain("eng-1");
  expect((await issue.team)?.key).toBe("ENG");
  expect((await issue.state)?.type).toBe("backlog");
  expect((await issue.creator)?.email).toBe("ada@acme.test");
  expect((await issue.comments()).nodes.map(({ body }) => body)).toEqual(["Happens to me too."]);
  expect((await issue.labels()).nodes.map(({ name }) => name)).toEqual(["bug"]);
  const team = await sdk.team("ENG");
  const started = (await team.states()).nodes.find(({ name }) => name === "In Progress");
  expect((await sdk.updateIssue(issue.id, { stateId: started!.id, delegateId: BOT })).success).toBe(true);
  expect(issueIn(linear, "ENG-1")).toMatchObject({ state: { name: "In Progress" }, delegate: "Countersign" });
  const comment = await (await sdk.createComment({ issueId: issue.id, body: "On it." })).comment;
  expect(comment?.body).toBe("On it.");
  const made = await sdk.agentSessionCreateOnIssue({ issueId: issue.id });
  const session = await made.agentSession;
  expect(session?.status).toBe("pending");
  const input = { agentSessionId: session!.id, content: { type: "thought", body: "Looking" } };
  const activity = await (await sdk.createAgentActivity(input)).agentActivity;
  expect(activity?.content).toMatchObject({ body: "Looking" });
  await sdk.updateAgentSession(session!.id, { summary: "Fix the redirect" });
  const again = await sdk.agentSession(session!.id);
  expect(again).toMatchObject({ status: "active", summary: "Fix the redirect" });
  expect((await again.activities()).nodes).toHaveLength(1);
});

it("records each call with its operation and status", async () => {
  const linear = await start();
  await clientOf(linear).client.rawRequest(documents.WHO_AM_I, {});
  expect(linear.calls()).toMatchObject([{ operation: "WhoAmI", status: 200, variables: {} }]);
});
