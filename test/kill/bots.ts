// Bots as processes of their own, so that one can be killed while another goes on.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { setWebhooks } from "../../scripts/stage.ts";
import type { TestStage } from "../stage.ts";

export interface Bot {
  readonly port: number;
  /** What it logged so far, a line each. */
  readonly log: readonly string[];
  /** kill -9, and the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and the process has ended by itself; its exit code. */
  stop(): Promise<number | null>;
}

/** Resolves when the bot says that it is up. */
export async function startBot(stage: TestStage): Promise<Bot> {
  const child = spawn(process.execPath, ["src/main.ts"], {
    env: { PATH: process.env["PATH"] ?? "", ...stage.env, LOG_LEVEL: "info" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const log: string[] = [];
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const port = await new Promise<number>((resolve, reject) => {
    void ended.then((code) => reject(new Error(`the bot ended with ${code} before it was up`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      log.push(line);
      const told: unknown = JSON.parse(line);
      if (Reflect.get(Object(told), "msg") === "countersign is up") resolve(Number(Reflect.get(Object(told), "port")));
    });
  });
  setWebhooks(stage, stage.env, port);
  return {
    port,
    log,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + 90_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

export async function stateOf(stage: TestStage, run: string): Promise<Record<string, unknown>> {
  const { rows } = await stage.query<{ state: Record<string, unknown> }>("select state from runs where id = $1", [run]);
  const state = rows[0]?.state;
  if (state === undefined) throw new Error(`there is no run ${run}`);
  return state;
}

export async function untilPhase(stage: TestStage, run: string, phase: string): Promise<Record<string, unknown>> {
  return until(`${run} to be ${phase}`, async () => {
    const state = await stateOf(stage, run);
    if (state["phase"] === "failed" && phase !== "failed")
      throw new Error(`run ${run} failed: ${JSON.stringify(state)}`);
    return state["phase"] === phase ? state : undefined;
  });
}

export async function countOf(stage: TestStage, table: "runs" | "inbox" | "votes"): Promise<number> {
  const { rows } = await stage.query<{ n: string }>(`select count(*) as n from ${table}`);
  return Number(rows[0]?.n);
}
