// What a workspace is made of.
import type { LocalLinearSeed, SeedApp, SeedPerson, SeedTeam, StateType } from "./seed.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface WorkflowState {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly type: StateType;
  readonly position: number;
  readonly color: string;
}

export interface Issue {
  readonly id: string;
  readonly teamId: string;
  readonly number: number;
  title: string;
  description?: string | undefined;
  readonly creatorId: string;
  assigneeId?: string | undefined;
  delegateId?: string | undefined;
  stateId: string;
  labelIds: readonly string[];
  projectId?: string | undefined;
  priority: number;
  trashed: boolean;
  archivedAtMs?: number | undefined;
  startedAtMs?: number | undefined;
  completedAtMs?: number | undefined;
  canceledAtMs?: number | undefined;
  readonly createdAtMs: number;
  updatedAtMs: number;
  readonly suggestions?: Readonly<Record<string, number>> | undefined;
}

export interface Comment {
  readonly id: string;
  readonly issueId: string;
  /** Absent: the service itself opened the thread of a session. */
  readonly userId?: string | undefined;
  readonly body: string;
  readonly parentId?: string | undefined;
  /** The session whose thread this comment opens or belongs to. */
  readonly sessionId?: string | undefined;
  readonly atMs: number;
}

export type SessionStatus = "pending" | "active" | "awaitingInput" | "complete" | "error" | "stale" | "stopping";

export interface ExternalUrl {
  readonly label: string;
  readonly url: string;
}

export interface PlanStep {
  readonly content: string;
  readonly status: "pending" | "inProgress" | "completed" | "canceled";
}

export interface Session {
  readonly id: string;
  readonly slugId: string;
  readonly issueId: string;
  /** The app user that works in it; only its app may write to it. */
  readonly appUserId: string;
  /** Absent: an automation, or the app itself, opened it. */
  readonly creatorId?: string | undefined;
  /** The root comment of its thread. */
  readonly commentId: string;
  /** The comment whose mention opened it. */
  readonly sourceCommentId?: string | undefined;
  status: SessionStatus;
  /** Nothing came back within ten seconds of `created`; what people are shown as "did not respond". */
  unresponsive: boolean;
  /** When a first sign is due; absent once one came, or when nothing was announced. */
  answerDueMs?: number | undefined;
  externalUrls: readonly ExternalUrl[];
  plan?: readonly PlanStep[] | undefined;
  summary?: string | undefined;
  lastActivityAtMs: number;
  startedAtMs?: number | undefined;
  endedAtMs?: number | undefined;
  dismissedAtMs?: number | undefined;
  dismissedById?: string | undefined;
  readonly createdAtMs: number;
  updatedAtMs: number;
}

export interface Option {
  readonly value: string;
  readonly label?: string | undefined;
}

export type Signal = "stop" | "continue" | "select" | "auth";

export type Content =
  | { readonly type: "thought" | "response" | "elicitation" | "error" | "prompt"; readonly body: string }
  | {
      readonly type: "action";
      readonly action: string;
      readonly parameter: string;
      readonly result?: string | undefined;
    };

export interface Activity {
  readonly id: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly content: Content;
  /** Shown until the next activity comes, then gone. */
  readonly ephemeral: boolean;
  readonly signal?: Signal | undefined;
  readonly signalMetadata?: Json | undefined;
  /** The comment that shows this activity in the thread. */
  readonly sourceCommentId?: string | undefined;
  readonly atMs: number;
}

export interface AppUser extends SeedApp {
  /** The teams it may see, by id. */
  readonly teamIds: Set<string>;
  revoked: boolean;
}

interface Project {
  readonly id: string;
  readonly name: string;
  readonly teamId: string;
}

export interface Label {
  readonly id: string;
  readonly name: string;
  readonly teamId?: string | undefined;
  readonly color: string;
}

export interface World {
  readonly seed: LocalLinearSeed;
  /** `http://127.0.0.1:PORT`, known once the service listens. */
  origin: string;
  readonly now: () => number;
  readonly people: Map<string, SeedPerson>;
  /** The bot's app first, then any other. */
  readonly apps: Map<string, AppUser>;
  readonly teams: Map<string, SeedTeam>;
  readonly states: Map<string, WorkflowState>;
  readonly projects: Map<string, Project>;
  readonly labels: Map<string, Label>;
  readonly issues: Map<string, Issue>;
  readonly comments: Map<string, Comment>;
  readonly sessions: Map<string, Session>;
  /** In the order they came. */
  readonly activities: Map<string, Activity>;
  /** Ids of activities ever made: a replaced ephemeral one keeps its id taken. */
  readonly usedIds: Set<string>;
  readonly listeners: Set<() => void>;
  readonly otherApps: readonly SeedApp[];
  lastAtMs: number;
  syncId: number;
}
