// GET /sandboxes: filters that all must hold, in order of start, page by page.
import { z } from "zod";
import { ApiProblem } from "./api-problem.ts";
import type { SandboxRecord } from "./record.ts";

const querySchema = z.object({
  metadata: z.string().optional(),
  state: z.string().default("running,paused"),
  order: z.enum(["asc", "desc"]).default("desc"),
  startedAfter: z.iso.datetime({ offset: true }).optional(),
  template: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  nextToken: z.string().optional(),
});

export interface Page {
  readonly records: readonly SandboxRecord[];
  readonly nextToken: string | undefined;
}

export function listPage(all: readonly SandboxRecord[], search: URLSearchParams): Page {
  const parsed = querySchema.safeParse(Object.fromEntries(search));
  if (!parsed.success) throw new ApiProblem(400, z.prettifyError(parsed.error));
  const query = parsed.data;
  const states = new Set(query.state.split(","));
  const tags = parseTags(query.metadata ?? "");
  const afterMs = query.startedAfter === undefined ? 0 : Date.parse(query.startedAfter);
  const found = all
    .filter(({ phase }) => states.has(phase.name))
    .filter(({ metadata }) => tags.every(([key, value]) => metadata[key] === value))
    .filter(({ startedAtMs }) => startedAtMs >= afterMs)
    .filter(({ templateId }) => query.template === undefined || templateId === query.template)
    .sort((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1));
  if (query.order === "desc") found.reverse();
  const from = query.nextToken === undefined ? 0 : indexAfter(found, query.order, decode(query.nextToken));
  const records = found.slice(from, from + query.limit);
  const last = records.at(-1);
  const isMore = last !== undefined && from + records.length < found.length;
  return { records, nextToken: isMore ? Buffer.from(positionOf(last)).toString("base64url") : undefined };
}

/** A place in the order rather than a count, so that sandboxes that end meanwhile shift nothing. */
function positionOf({ startedAtMs, id }: SandboxRecord): string {
  return `${String(startedAtMs).padStart(15, "0")}:${id}`;
}

function indexAfter(found: readonly SandboxRecord[], order: "asc" | "desc", position: string): number {
  const isLater = (record: SandboxRecord): boolean =>
    order === "asc" ? positionOf(record) > position : positionOf(record) < position;
  const index = found.findIndex(isLater);
  return index === -1 ? found.length : index;
}

function decode(token: string): string {
  const position = Buffer.from(token, "base64url").toString("utf8");
  if (!/^\d{15}:[a-z0-9]+$/.test(position)) throw new ApiProblem(400, "invalid nextToken");
  return position;
}

/** The SDK encodes each part and then the whole. */
function parseTags(text: string): readonly (readonly [string, string])[] {
  try {
    return [...new URLSearchParams(text)].map(
      ([key, value]) => [decodeURIComponent(key), decodeURIComponent(value)] as const,
    );
  } catch {
    throw new ApiProblem(400, "invalid metadata filter");
  }
}
