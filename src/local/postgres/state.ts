// What the next start must know: where the server lies, how to reach it, and its passwords.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const stateSchema = z.object({
  folder: z.string(),
  address: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("socket"), folder: z.string(), port: z.number() }),
    z.object({ kind: z.literal("tcp"), port: z.number() }),
  ]),
  passwords: z.object({ super: z.string(), owner: z.string(), app: z.string() }),
});
export type State = z.infer<typeof stateSchema>;
export type Address = State["address"];

/** Undefined for a folder that has none, or none of this form. */
export async function readState(stateDir: string): Promise<State | undefined> {
  const text = await readFile(join(stateDir, "postgres.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export async function writeState(stateDir: string, state: State): Promise<void> {
  const file = join(stateDir, "postgres.json");
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, JSON.stringify(state, null, 2), { mode: 0o600 });
  await rename(fresh, file);
}
