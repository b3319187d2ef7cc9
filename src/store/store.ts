// The store: rows in, core values out. What writes a run's state is reached through commit, claim and admission alone.
import type { Intake, Store } from "../ports.ts";
import { loadBaseCheck, saveBaseCheck } from "./base-checks.ts";
import { claimRun } from "./claim.ts";
import { commitRun } from "./commit.ts";
import { finishInbox, listDeliveries, loadInbox, saveDelivery, saveSession, saveThread } from "./deliveries.ts";
import { createIntake } from "./intake.ts";
import { refreshSessions, requeueLost } from "./lost-work.ts";
import type { StoreParts } from "./parts.ts";
import { applyPolicy, loadActivePolicy, loadPolicy } from "./policies.ts";
import { listEvents } from "./record-rows.ts";
import {
  findRunByPullRequest,
  findRunInSession,
  listOpenPullRequestsByHead,
  listRuns,
  listRunsIn,
  listRunsOf,
  listRunsOnIssue,
  listVotes,
  loadChange,
  loadPack,
  loadRun,
  loadTurn,
  loadView,
} from "./runs.ts";

export type { StoreParts } from "./parts.ts";

export function createStore(parts: StoreParts): Store & Intake {
  const { db } = parts;
  return {
    ...createIntake(parts),
    loadRun: (id) => loadRun(db, id),
    loadView: (id) => loadView(parts, id),
    loadTurn: (runId, turn) => loadTurn(db, runId, turn),
    loadChange: (runId, number) => loadChange(db, runId, number),
    loadPack: (runId, number) => loadPack(db, runId, number),
    listVotes: (runId, change) => listVotes(db, { runId, change }),
    commit: (commit) => commitRun(parts, commit),
    claim: (id, want) => claimRun(parts, id, want),
    loadInbox: (id) => loadInbox(db, id),
    finishInbox: (id) => finishInbox(parts, id),
    listDeliveries: (runId, surface) => listDeliveries(db, runId, surface),
    saveDelivery: (runId, surface, delivery) => saveDelivery(parts, { runId, surface }, delivery),
    saveThread: (runId, thread) => saveThread(db, runId, thread),
    refreshSessions: () => refreshSessions(parts),
    saveSession: (runId, session) => saveSession(db, runId, session),
    findRunInSession: (session) => findRunInSession(db, session),
    listRunsOnIssue: (issueId) => listRunsOnIssue(db, issueId),
    loadActivePolicy: () => loadActivePolicy(db),
    loadPolicy: (version) => loadPolicy(db, version),
    applyPolicy: (policy) => applyPolicy(parts, policy),
    loadBaseCheck: (key) => loadBaseCheck(db, key),
    saveBaseCheck: (key, status) => saveBaseCheck(parts, key, status),
    findRunByPullRequest: (repositoryId, number) => findRunByPullRequest(db, repositoryId, number),
    listOpenPullRequestsByHead: (repositoryId, headSha) => listOpenPullRequestsByHead(db, repositoryId, headSha),
    listRunsIn: (phases) => listRunsIn(db, phases),
    listRuns: (page) => listRuns(db, page),
    listRunsOf: (personId) => listRunsOf(db, personId),
    listEvents: (runId) => listEvents(parts, runId),
    requeueLost: () => requeueLost(parts),
  };
}
