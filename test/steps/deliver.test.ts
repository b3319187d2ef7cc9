// What a surface shows is brought up to the state: in order where order is all it has, and never twice.
import { describe, expect, it } from "vitest";
import { note } from "../../src/core/notes.ts";
import type { Delivery, Planned, RunView, SendResult, Surface } from "../../src/ports.ts";
import { deliverMessages, type DeliverPorts } from "../../src/steps/deliver-messages.ts";
import { SILENT } from "../setup/store.ts";
import { NOW_MS, runOf } from "./runs.ts";

const planned = (slot: string, more: Partial<Planned> = {}): Planned => ({
  slot,
  digest: `digest of ${slot}`,
  once: true,
  milestone: true,
  content: {},
  ...more,
});
const SENT: SendResult = { kind: "sent", remote: { id: "r" } };
const LATER: SendResult = { kind: "later", afterMs: 5000, error: "503" };

interface Given {
  readonly plan: readonly Planned[];
  readonly ordered?: boolean;
  readonly standing?: readonly Delivery[];
  /** By slot; what is not named is sent. */
  readonly results?: Readonly<Record<string, SendResult[]>>;
  readonly found?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function benchOf(given: Given) {
  const acts: string[] = [];
  const deliveries = new Map((given.standing ?? []).map((each) => [each.slot, each]));
  const sessions: string[] = [];
  const send = async (how: string, { slot }: Planned): Promise<SendResult> => {
    acts.push(`${how} ${slot}`);
    return given.results?.[slot]?.shift() ?? SENT;
  };
  const surface: Surface = {
    name: "linear",
    ordered: given.ordered ?? true,
    planRun: async () => given.plan,
    planNote: async ({ key }) => planned(`note:${key}`),
    post: (each) => send("post", each),
    edit: (each) => send("edit", each),
    findPosted: async ({ slot }) => {
      acts.push(`find ${slot}`);
      return given.found?.[slot];
    },
  };
  const run = runOf({ phase: "queued", turn: 1 });
  const { session: _none, ...unopened } = run;
  const view: RunView = { run: unopened, nowMs: NOW_MS, turns: [], changes: [], votes: [], phaseSinceMs: NOW_MS };
  const ports: DeliverPorts = {
    surface,
    store: {
      loadView: async (id) => (id === run.id ? view : undefined),
      listDeliveries: async () => [...deliveries.values()],
      saveDelivery: async (_id, _surface, delivery) => {
        deliveries.set(delivery.slot, { ...deliveries.get(delivery.slot), ...delivery });
      },
      saveThread: async () => undefined,
      saveSession: async (_id, session) => void sessions.push(session),
    },
    clock: { nowMs: () => NOW_MS, sleep: async () => undefined },
    log: SILENT,
  };
  return { acts, deliveries, sessions, deliver: () => deliverMessages(ports, run.id) };
}

describe("an ordered surface", () => {
  const plan = ["hello", "session", "start", "outcome"].map((slot) => planned(slot));

  it("gets everything in the order planned, passing words as well", async () => {
    const bench = benchOf({ plan: [planned("progress", { milestone: false, once: false }), ...plan] });
    await bench.deliver();
    expect(bench.acts.slice(0, 5)).toEqual(
      ["progress", "hello", "session", "start", "outcome"].map((slot) => `post ${slot}`),
    );
  });

  it("gets nothing past what has to wait, and the rest in order when it is back", async () => {
    const bench = benchOf({ plan, results: { session: [LATER] } });
    await expect(bench.deliver()).rejects.toThrow("wait 5000 ms");
    expect(bench.acts).toEqual(["post hello", "post session"]);
    bench.acts.length = 0;
    await bench.deliver();
    expect(bench.acts).toEqual(["find session", "post session", "post start", "post outcome"]);
    bench.acts.length = 0;
    await bench.deliver();
    expect(bench.acts).toEqual([]);
  });

  it("goes on past what it will never take", async () => {
    const refused: SendResult = { kind: "refused", error: "gone" };
    const bench = benchOf({ plan, results: { hello: [refused] } });
    await bench.deliver();
    expect(bench.acts).toEqual(["post hello", "post session", "post start", "post outcome"]);
    await bench.deliver();
    expect(bench.acts).toHaveLength(4);
    expect(bench.deliveries.get("hello")).toMatchObject({ gaveUp: "gone" });
  });

  it("tells answers to people after what the run itself shows", async () => {
    const place = { surface: "linear", workspace: "o", channel: "s" } as const;
    const told = note({ key: "answer:1", place }, { kind: "thanks" });
    const bench = benchOf({ plan: plan.slice(0, 2), standing: [{ slot: "note:answer:1", note: told }] });
    await bench.deliver();
    expect(bench.acts).toEqual(["post hello", "post session", "post note:answer:1"]);
  });
});

it("another surface gets its milestones first, and a wait holds up nothing else", async () => {
  const progress = planned("progress", { milestone: false });
  const bench = benchOf({
    ordered: false,
    plan: [progress, planned("card"), planned("outcome")],
    results: { card: [LATER] },
  });
  await expect(bench.deliver()).rejects.toThrow("wait");
  expect(bench.acts).toEqual(["post card", "post outcome", "post progress"]);
});

it("what may have been sent before its sender died is looked for, and shown anew where it is found", async () => {
  const face = planned("session", { once: false });
  const bench = benchOf({
    plan: [face],
    standing: [{ slot: "session", attemptedAtMs: 1 }],
    found: { session: { session: "s-found" } },
  });
  await bench.deliver();
  expect(bench.acts).toEqual(["find session", "edit session"]);
  expect(bench.sessions).toContain("s-found");
  expect(bench.deliveries.get("session")?.shown).toBe(face.digest);
});

it("a session that was opened is remembered, and what it may show now follows at once", async () => {
  const opened: SendResult = { kind: "sent", remote: { session: "s-new" } };
  const bench = benchOf({ plan: [planned("session", { once: false })], results: { session: [opened] } });
  await bench.deliver();
  expect(bench.sessions).toEqual(["s-new"]);
  expect(bench.acts).toEqual(["post session"]);
});

it("what stands there and still says the same is left alone; what says something else is changed in place", async () => {
  const standing: readonly Delivery[] = [
    { slot: "same", remote: {}, shown: "digest of same" },
    { slot: "other", remote: {}, shown: "older" },
    { slot: "once", remote: {}, shown: "older" },
  ];
  const bench = benchOf({
    plan: [planned("same", { once: false }), planned("other", { once: false }), planned("once")],
    standing,
  });
  await bench.deliver();
  expect(bench.acts).toEqual(["edit other"]);
});
