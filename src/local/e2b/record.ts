// What is kept of a sandbox on disk, so that the next start of this service finds it again.
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const processSchema = z.strictObject({ pid: z.number(), startTicks: z.string(), hostBootId: z.string() });
const bootSchema = z.strictObject({ init: processSchema, monitor: processSchema });

const phaseSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("starting") }),
  z.strictObject({ name: z.literal("running"), boot: bootSchema }),
  z.strictObject({ name: z.literal("paused"), boot: bootSchema.optional() }),
]);

const recordSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]{1,40}$/),
  templateId: z.string(),
  accessToken: z.string(),
  metadata: z.record(z.string(), z.string()),
  envs: z.record(z.string(), z.string()),
  network: z.looseObject({ allowOut: z.array(z.string()), denyOut: z.array(z.string()) }),
  allowsInternet: z.boolean().optional(),
  startedAtMs: z.number(),
  endAtMs: z.number(),
  onTimeout: z.enum(["kill", "pause", "pause-files"]),
  resumesByTraffic: z.boolean(),
  runtimeKey: z.string(),
  phase: phaseSchema,
});

export type SandboxRecord = Readonly<z.infer<typeof recordSchema>>;
export type Boot = Readonly<z.infer<typeof bootSchema>>;
export type Phase = Readonly<z.infer<typeof phaseSchema>>;

export async function saveRecord(folder: string, record: SandboxRecord): Promise<void> {
  const file = join(folder, `${record.id}.json`);
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function loadRecords(folder: string): Promise<readonly SandboxRecord[]> {
  const records: SandboxRecord[] = [];
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".json")) continue;
    const parsed = recordSchema.safeParse(parseJson(await readFile(join(folder, name), "utf8")));
    if (parsed.success) records.push(parsed.data);
  }
  return records;
}

export async function removeRecord(folder: string, id: string): Promise<void> {
  await rm(join(folder, `${id}.json`), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
