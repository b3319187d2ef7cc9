// Pages of a list the way Linear cuts them: newest first, fifty at a time, opaque cursors.
import { z } from "zod";
import type { Json } from "./model.ts";
import { invalid } from "./problems.ts";

export const DEFAULT_FIRST = 50;
const MOST = 250;

const Args = z.object({
  after: z.string().nullish(),
  before: z.string().nullish(),
  first: z.number().nullish(),
  last: z.number().nullish(),
  orderBy: z.enum(["createdAt", "updatedAt"]).nullish(),
  includeArchived: z.boolean().nullish(),
  filter: z.record(z.string(), z.record(z.string(), z.unknown()).nullish()).nullish(),
});

export interface Row {
  readonly id: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly archived?: boolean;
  /** What a filter may look at. */
  readonly facts?: Readonly<Record<string, string>>;
  readonly view: () => Json;
}

export function connect(rows: readonly Row[], given: unknown): Json {
  const args = Args.parse(given);
  const { first, last } = args;
  for (const size of [first, last])
    if (typeof size === "number" && (size < 1 || size > MOST)) throw invalid(`a page has 1 to ${MOST} entries`);
  if (typeof first === "number" && typeof last === "number") throw invalid("first and last exclude each other");
  const by = args.orderBy === "updatedAt" ? "updatedAtMs" : "createdAtMs";
  const all = rows
    .filter(({ archived }) => archived !== true || args.includeArchived === true)
    .filter((row) => matches(row, args.filter ?? {}))
    .toSorted((a, b) => b[by] - a[by]);
  const from = args.after ? positionOf(all, args.after) + 1 : 0;
  const to = args.before ? positionOf(all, args.before) : all.length;
  const inside = all.slice(from, to);
  const page = typeof last === "number" ? inside.slice(-last) : inside.slice(0, first ?? DEFAULT_FIRST);
  const [head] = page;
  const tail = page.at(-1);
  return {
    nodes: page.map(({ view }) => view()),
    pageInfo: {
      startCursor: head?.id ?? null,
      endCursor: tail?.id ?? null,
      hasNextPage: tail !== undefined && all.indexOf(tail) < all.length - 1,
      hasPreviousPage: head !== undefined && all.indexOf(head) > 0,
    },
  };
}

function positionOf(rows: readonly Row[], cursor: string): number {
  const position = rows.findIndex(({ id }) => id === cursor);
  if (position === -1) throw invalid("the cursor is not of this list");
  return position;
}

function matches(row: Row, filter: Readonly<Record<string, Json | null | undefined>>): boolean {
  return Object.entries(filter).every(([field, test]) => {
    const fact = field === "id" ? row.id : row.facts?.[field];
    if (fact === undefined) throw new Error(`local Linear cannot filter by ${field}`);
    return test === null || test === undefined || Object.entries(test).every(([how, want]) => passes(fact, how, want));
  });
}

function passes(fact: string, how: string, want: unknown): boolean {
  if (want === null || want === undefined) return true;
  if (how === "eq") return fact === want;
  if (how === "neq") return fact !== want;
  const list = z.array(z.string()).parse(want);
  return how === "in" ? list.includes(fact) : !list.includes(fact);
}
