// What survives a restart: issues, comments, sessions, activities, what the app may see, and tokens.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { World } from "./model.ts";
import type { TokenBook } from "./tokens.ts";
import { announce } from "./world.ts";

const WAIT_MS = 150;
const at = z.number().optional();
const id = z.string().optional();
const Obj = z.record(z.string(), z.unknown());
const IssueShape = z.object({
  id: z.string(),
  teamId: z.string(),
  number: z.number(),
  title: z.string(),
  description: z.string().optional(),
  creatorId: z.string(),
  assigneeId: id,
  delegateId: id,
  stateId: z.string(),
  labelIds: z.array(z.string()),
  projectId: id,
  priority: z.number(),
  trashed: z.boolean(),
  archivedAtMs: at,
  startedAtMs: at,
  completedAtMs: at,
  canceledAtMs: at,
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  suggestions: z.record(z.string(), z.number()).optional(),
});
const CommentShape = z.object({
  id: z.string(),
  issueId: z.string(),
  userId: id,
  body: z.string(),
  parentId: id,
  sessionId: id,
  atMs: z.number(),
});
const SessionShape = z.object({
  id: z.string(),
  slugId: z.string(),
  issueId: z.string(),
  appUserId: z.string(),
  creatorId: id,
  commentId: z.string(),
  sourceCommentId: id,
  status: z.enum(["pending", "active", "awaitingInput", "complete", "error", "stale", "stopping"]),
  unresponsive: z.boolean(),
  answerDueMs: at,
  externalUrls: z.array(z.object({ label: z.string(), url: z.string() })),
  plan: z
    .array(z.object({ content: z.string(), status: z.enum(["pending", "inProgress", "completed", "canceled"]) }))
    .optional(),
  summary: z.string().optional(),
  lastActivityAtMs: z.number(),
  startedAtMs: at,
  endedAtMs: at,
  dismissedAtMs: at,
  dismissedById: id,
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});
const ActivityShape = z.object({
  id: z.string(),
  sessionId: z.string(),
  userId: z.string(),
  content: z.discriminatedUnion("type", [
    z.object({ type: z.enum(["thought", "response", "elicitation", "error", "prompt"]), body: z.string() }),
    z.object({
      type: z.literal("action"),
      action: z.string(),
      parameter: z.string(),
      result: z.string().optional(),
    }),
  ]),
  ephemeral: z.boolean(),
  signal: z.enum(["stop", "continue", "select", "auth"]).optional(),
  signalMetadata: Obj.optional(),
  sourceCommentId: id,
  atMs: z.number(),
});
const Owned = { token: z.string(), appUserId: z.string(), scope: z.string() };
const Saved = z.object({
  version: z.literal(1),
  lastAtMs: z.number(),
  syncId: z.number(),
  issues: z.array(IssueShape),
  comments: z.array(CommentShape),
  sessions: z.array(SessionShape),
  activities: z.array(ActivityShape),
  usedIds: z.array(z.string()),
  apps: z.array(z.object({ userId: z.string(), teamIds: z.array(z.string()), revoked: z.boolean() })),
  access: z.array(z.object({ ...Owned, expiresAtMs: z.number(), family: id })),
  refresh: z.array(z.object({ ...Owned, family: z.string(), used: z.boolean() })),
});

export interface Kept {
  readonly world: World;
  readonly book: TokenBook;
}

export interface Keeper {
  close(): Promise<void>;
}

/** Reads the folder into the world, then keeps it up to date. */
export async function keepIn(kept: Kept, stateDir: string): Promise<Keeper> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, "linear.json");
  await load(kept, path);
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // A write that failed is tried again by the next; the last one, at closing, is not forgiven.
    writing = writing.catch(() => undefined).then(() => write(path, JSON.stringify(toSaved(kept))));
    return writing;
  };
  const changed = (): void => {
    timer ??= setTimeout(() => void flush().catch(() => undefined), WAIT_MS);
  };
  kept.world.listeners.add(changed);
  return {
    close: async () => {
      kept.world.listeners.delete(changed);
      await flush();
    },
  };
}

async function write(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  await writeFile(aside, text, { mode: 0o600 });
  await rename(aside, path);
}

async function load(kept: Kept, path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const saved = Saved.safeParse(JSON.parse(text));
  if (!saved.success)
    throw new Error(`${path} is not what this version wrote; remove it to start anew: ${z.prettifyError(saved.error)}`);
  fromSaved(kept, saved.data);
  announce(kept.world);
}

function toSaved({ world, book }: Kept): unknown {
  const { lastAtMs, syncId } = world;
  return {
    version: 1,
    lastAtMs,
    syncId,
    issues: [...world.issues.values()],
    comments: [...world.comments.values()],
    sessions: [...world.sessions.values()],
    activities: [...world.activities.values()],
    usedIds: [...world.usedIds],
    apps: [...world.apps.values()].map(({ userId, teamIds, revoked }) => ({ userId, teamIds: [...teamIds], revoked })),
    access: book.access,
    refresh: book.refresh,
  };
}

function fromSaved({ world, book }: Kept, saved: z.output<typeof Saved>): void {
  world.lastAtMs = saved.lastAtMs;
  world.syncId = saved.syncId;
  refill(world.issues, saved.issues);
  refill(world.comments, saved.comments);
  refill(world.sessions, saved.sessions);
  refill(world.activities, saved.activities);
  for (const used of saved.usedIds) world.usedIds.add(used);
  for (const { userId, teamIds, revoked } of saved.apps) {
    const app = world.apps.get(userId);
    if (app === undefined) continue;
    app.revoked = revoked;
    app.teamIds.clear();
    for (const teamId of teamIds) app.teamIds.add(teamId);
  }
  book.access.push(...saved.access);
  book.refresh.push(...saved.refresh);
}

function refill<T extends { readonly id: string }>(map: Map<string, T>, rows: readonly T[]): void {
  map.clear();
  for (const row of rows) map.set(row.id, row);
}
