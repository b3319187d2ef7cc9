// Which calls came in and how they were answered; neither headers nor queries, which hold tokens and signatures.
import type { ServerResponse } from "node:http";

export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly atMs: number;
}

const MAX_CALLS = 20_000;

export function createCallLog() {
  const calls: RecordedCall[] = [];
  return {
    follow(method: string, path: string, res: ServerResponse): void {
      const atMs = Date.now();
      let noted = false;
      const note = (): void => {
        if (noted) return;
        noted = true;
        if (calls.length >= MAX_CALLS) calls.shift();
        calls.push({ method, path, status: res.statusCode, atMs });
      };
      res.once("finish", note);
      res.once("close", note);
    },
    list: (): readonly RecordedCall[] => [...calls],
  };
}
