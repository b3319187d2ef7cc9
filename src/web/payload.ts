// Reading the payloads of record events: any of them may be absent, erased or of an older shape.
import { z } from "zod";
import { agentEventSchema, type AgentEvent } from "../core/agent-event.ts";
import type { StoredEvent } from "../ports.ts";

const person = z.object({ id: z.string(), name: z.string() });
const events = z.array(z.unknown());

/** One event's payload, field by field; a field that is absent or of another type is undefined. */
export interface Fields {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  truth(name: string): boolean;
  texts(name: string): readonly string[];
  person(name: string): { readonly id: string; readonly name: string } | undefined;
  raw(name: string): unknown;
  agentEvents(): readonly AgentEvent[];
}

export function readFields(event: StoredEvent): Fields {
  const payload = event.payload ?? {};
  return {
    text: (name) => z.string().safeParse(payload[name]).data,
    number: (name) => z.number().safeParse(payload[name]).data,
    truth: (name) => payload[name] === true,
    texts: (name) => z.array(z.string()).safeParse(payload[name]).data ?? [],
    person: (name) => person.safeParse(payload[name]).data,
    raw: (name) => payload[name],
    agentEvents: () =>
      (events.safeParse(payload["events"]).data ?? []).flatMap((each) => {
        const parsed = agentEventSchema.safeParse(each);
        return parsed.success ? [parsed.data] : [];
      }),
  };
}
