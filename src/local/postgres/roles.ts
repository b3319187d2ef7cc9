// The two roles and the database, made once; and the URLs to reach them.
import { setTimeout as sleep } from "node:timers/promises";
import { Client, DatabaseError } from "pg";
import { SUPERUSER } from "./server.ts";
import type { State } from "./state.ts";

const DATABASE = "countersign";
const USERS = { super: SUPERUSER, owner: "countersign_owner", app: "countersign_app" } as const;

export function urlOf(state: Pick<State, "address" | "passwords">, user: keyof typeof USERS): string {
  const login = `${USERS[user]}:${state.passwords[user]}`;
  return state.address.kind === "socket"
    ? `postgres://${login}@/${DATABASE}?host=${encodeURIComponent(state.address.folder)}&port=${state.address.port}`
    : `postgres://${login}@127.0.0.1:${state.address.port}/${DATABASE}`;
}

export async function createRoles(state: Pick<State, "address" | "passwords">): Promise<void> {
  const root = new Client({ connectionString: urlOf(state, "super").replace(`/${DATABASE}`, "/postgres") });
  await root.connect();
  try {
    for (const user of ["owner", "app"] as const) {
      await root.query(`create role ${USERS[user]} login password '${state.passwords[user]}'`);
    }
    await root.query(`create database ${DATABASE} owner ${USERS.owner}`);
    await root.query(`revoke connect on database ${DATABASE} from public`);
    await root.query(`grant connect on database ${DATABASE} to ${USERS.app}`);
  } finally {
    await root.end();
  }
}

const CANNOT_CONNECT_NOW = "57P03";
const PATIENCE_MS = 30_000;

/** Whether the server at this address is ours: it knows our password. One that is still starting is waited for. */
export async function answers(state: Pick<State, "address" | "passwords">): Promise<boolean> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const problem = await tryConnect(state);
    if (problem === undefined) return true;
    const starting = problem instanceof DatabaseError && problem.code === CANNOT_CONNECT_NOW;
    if (!starting || performance.now() > untilMs) return false;
    await sleep(100);
  }
}

async function tryConnect(state: Pick<State, "address" | "passwords">): Promise<unknown> {
  const client = new Client({ connectionString: urlOf(state, "super"), connectionTimeoutMillis: 5000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (cause) {
    return cause;
  }
}
