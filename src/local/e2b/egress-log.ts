// What a sandbox tried to reach and what was decided: evidence, so it outlives a crash of this service.
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { z } from "zod";

const decisionSchema = z.strictObject({
  atMs: z.number(),
  host: z.string(),
  port: z.number(),
  allowed: z.boolean(),
  reason: z.string().optional(),
});

export type EgressDecision = Readonly<z.infer<typeof decisionSchema>>;

export interface EgressLog {
  add(decision: EgressDecision): void;
  list(): readonly EgressDecision[];
  /** From the disk: this log stays readable. */
  remove(): void;
}

const MAX_DECISIONS = 20_000;

export function openEgressLog(file: string): EgressLog {
  const decisions = loadDecisions(file);
  return {
    add(decision) {
      if (decisions.length >= MAX_DECISIONS) return;
      decisions.push(decision);
      appendFileSync(file, `${JSON.stringify(decision)}\n`, { mode: 0o600 });
    },
    list: () => [...decisions],
    remove: () => rmSync(file, { force: true }),
  };
}

function loadDecisions(file: string): EgressDecision[] {
  const decisions: EgressDecision[] = [];
  for (const line of readIfThere(file).split("\n")) {
    const parsed = decisionSchema.safeParse(parseJson(line));
    if (parsed.success) decisions.push(parsed.data);
  }
  return decisions;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The last line of a killed server may be cut.
    return undefined;
  }
}
