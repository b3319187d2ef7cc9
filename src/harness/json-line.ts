// One line of an agent's output as JSON, where it is an object of JSON.
import { z } from "zod";

const objectSchema = z.record(z.string(), z.unknown());

export type JsonObject = z.infer<typeof objectSchema>;

export function parseJson(line: string): JsonObject | undefined {
  if (!line.trimStart().startsWith("{")) return undefined;
  try {
    return objectSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
