// Somebody's account on Linear, read when it matters.
import { z } from "zod";
import { cleanText, clip } from "../core/text.ts";
import type { TrackerPerson } from "../ports.ts";
import type { Call } from "./call.ts";
import { READ_PERSON } from "./documents.ts";

export const PREFIX = "linear:";

const personSchema = z.object({
  user: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullish(),
    active: z.boolean(),
    guest: z.boolean(),
    app: z.boolean(),
    teamMemberships: z.object({ nodes: z.array(z.object({ team: z.object({ key: z.string() }) })) }),
  }),
});

/** Throws where Linear cannot be asked: nobody is let in or turned away by an outage. */
export async function readPerson(call: Call, personId: string): Promise<TrackerPerson> {
  const read = await call(READ_PERSON, { id: personId.replace(PREFIX, "") }, personSchema);
  if (!read.ok) {
    if (read.problem.kind === "missing") return { name: "somebody", kind: "unknown", linearTeams: [] };
    const why = "detail" in read.problem ? read.problem.detail : read.problem.kind;
    throw new Error(`a person of Linear cannot be read: ${why}`);
  }
  const { name, email, active, guest, app, teamMemberships } = read.value.user;
  return {
    name: personName(name),
    kind: app ? "bot" : !active ? "unknown" : guest ? "guest" : "member",
    linearTeams: teamMemberships.nodes.map((each) => each.team.key),
    ...(email === null || email === undefined || app ? {} : { email }),
  };
}

export function personName(name: string): string {
  const clean = clip(cleanText(name).replace(/\s+/g, " ").trim(), 60);
  return clean === "" ? "somebody" : clean;
}
