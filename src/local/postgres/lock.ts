// One starter at a time. The lock is an abstract unix socket: the kernel gives it back when its holder dies, however it dies.
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const RETRY_MS = 50;
const PATIENCE_MS = 120_000;

/** Runs `act` while holding the lock named after `path`. */
export async function underLock<T>(path: string, act: () => Promise<T>): Promise<T> {
  const name = `\0countersign-postgres-${createHash("sha256").update(path).digest("hex").slice(0, 32)}`;
  const lock = await takeLock(name, performance.now() + PATIENCE_MS);
  try {
    return await act();
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
}

async function takeLock(name: string, untilMs: number): Promise<Server> {
  for (;;) {
    const lock = await tryLock(name);
    if (lock !== undefined) return lock;
    if (performance.now() > untilMs)
      throw new Error("another process has been starting the embedded PostgreSQL for two minutes");
    await sleep(RETRY_MS);
  }
}

function tryLock(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code === "EADDRINUSE") resolve(undefined);
      else reject(cause);
    });
    server.listen({ path: name }, () => resolve(server));
  });
}
