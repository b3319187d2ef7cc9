// What survives a restart: messages, files, memberships and sessions. Ephemerals, modals and keys do not, as in Slack.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { blankMessage, type World } from "./world.ts";

const WAIT_MS = 150;
const Obj = z.record(z.string(), z.unknown());
const Task = z.object({
  id: z.string(),
  title: z.string(),
  status: z.string(),
  details: z.string(),
  output: z.string(),
  sources: z.array(Obj),
});
const StreamShape = z.object({
  state: z.enum(["in_progress", "completed", "stopped_by_user"]),
  startedAtMs: z.number(),
  displayMode: z.string(),
  recipientUserId: z.string(),
  recipientTeamId: z.string(),
  mode: z.enum(["chunks", "markdown_text"]).optional(),
  planTitle: z.string(),
  tasks: z.array(Task),
  text: z.string(),
  chunkBlocks: z.array(Obj),
  appends: z.number(),
});
const MessageShape = z.object({
  channel: z.string(),
  ts: z.string(),
  threadTs: z.string().optional(),
  user: z.string(),
  botId: z.string().optional(),
  atMs: z.number(),
  text: z.string(),
  blocks: z.array(Obj),
  metadata: Obj.optional(),
  edited: z.object({ user: z.string(), ts: z.string() }).optional(),
  edits: z.number(),
  reactions: z.array(z.object({ name: z.string(), users: z.array(z.string()) })),
  files: z.array(z.string()),
  notified: z.array(z.string()),
  broadcast: z.boolean().optional(),
  stream: StreamShape.optional(),
});
const FileShape = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  mimetype: z.string(),
  snippetType: z.string(),
  altText: z.string(),
  user: z.string(),
  atMs: z.number(),
  lengthBytes: z.number(),
  complete: z.boolean(),
  shares: z.array(z.object({ channel: z.string(), ts: z.string() })),
  base64: z.string().optional(),
});
const Saved = z.object({
  version: z.literal(1),
  lastTsMicros: z.number(),
  lastId: z.number(),
  messages: z.array(MessageShape),
  files: z.array(FileShape),
  members: z.record(z.string(), z.array(z.string())),
  direct: z.array(z.object({ id: z.string(), with: z.string() })),
  sessions: z.array(
    z.object({
      channel: z.string(),
      threadTs: z.string(),
      status: z.string(),
      title: z.string(),
      initiator: z.string(),
    }),
  ),
});

export interface Keeper {
  /** Writes what is not written yet. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Reads the folder into the world, then keeps it up to date. */
export async function keepIn(world: World, stateDir: string): Promise<Keeper> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, "slack.json");
  await load(world, path);
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    // A write that failed is tried again by the next; the last one, at closing, is not forgiven.
    writing = writing.catch(() => undefined).then(() => write(path, JSON.stringify(toSaved(world))));
    return writing;
  };
  const changed = (): void => {
    timer ??= setTimeout(() => void flush().catch(() => undefined), WAIT_MS);
  };
  world.listeners.add(changed);
  return {
    flush,
    close: async () => {
      world.listeners.delete(changed);
      await flush();
    },
  };
}

async function write(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  await writeFile(aside, text, { mode: 0o600 });
  await rename(aside, path);
}

async function load(world: World, path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const saved = Saved.safeParse(JSON.parse(text));
  if (!saved.success)
    throw new Error(`${path} is not what this version wrote; remove it to start anew: ${z.prettifyError(saved.error)}`);
  fromSaved(world, saved.data);
}

function toSaved(world: World): z.input<typeof Saved> {
  const channels = [...world.channels.values()];
  return {
    version: 1,
    lastTsMicros: world.lastTsMicros,
    lastId: world.lastId,
    messages: [...world.messages.values()].flat().map(({ blocks, files, notified, stream, ...message }) => ({
      ...message,
      blocks: [...blocks],
      files: [...files],
      notified: [...notified],
      stream: stream && {
        ...stream,
        chunkBlocks: [...stream.chunkBlocks],
        tasks: stream.tasks.map((task) => ({ ...task, sources: [...task.sources] })),
      },
    })),
    files: [...world.files.values()].map(({ bytes, ...file }) => ({ ...file, base64: bytes?.toString("base64") })),
    members: Object.fromEntries(channels.map(({ id, members }) => [id, members])),
    direct: channels.flatMap(({ id, imWith }) => (imWith === undefined ? [] : [{ id, with: imWith }])),
    sessions: [...world.sessions.values()],
  };
}

function fromSaved(world: World, saved: z.output<typeof Saved>): void {
  world.lastTsMicros = saved.lastTsMicros;
  world.lastId = saved.lastId;
  for (const { id, with: imWith } of saved.direct)
    world.channels.set(id, { id, name: imWith, topic: "", isPrivate: true, imWith, members: [] });
  for (const [id, members] of Object.entries(saved.members))
    world.channels.get(id)?.members.splice(0, Infinity, ...members);
  for (const id of world.channels.keys())
    world.messages.set(id, saved.messages.filter(({ channel }) => channel === id).map(blankMessage));
  for (const { base64, ...file } of saved.files)
    world.files.set(file.id, { ...file, ...(base64 === undefined ? {} : { bytes: Buffer.from(base64, "base64") }) });
  for (const session of saved.sessions) world.sessions.set(`${session.channel}:${session.threadTs}`, session);
}
