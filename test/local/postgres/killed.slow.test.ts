import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startLocalPostgres, type LocalPostgres } from "../../../src/local/postgres.ts";

let folder: string;
let server: LocalPostgres | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-pg-"));
  await chmod(folder, 0o711);
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const options = () => ({ stateDir: join(folder, "state"), dataDir: join(folder, "data"), settings: ["fsync=off"] });
const pidFile = () => join(folder, "data/postgres/data/postmaster.pid");
const serverPid = async () => Number((await readFile(pidFile(), "utf8")).split("\n")[0]);

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const answers = async (url: string): Promise<boolean> => (await ask(url, "select 1")).length === 1;

/** A process that starts the server and is killed without a word. */
async function startAndDie(): Promise<string> {
  const module = new URL("../../../src/local/postgres.ts", import.meta.url).href;
  const script = `const { startLocalPostgres } = await import(${JSON.stringify(module)});
    const server = await startLocalPostgres(${JSON.stringify(options())});
    console.log(server.url);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGKILL");
  await once(child, "exit");
  return said.toString().trim();
}

test("a server whose starter was killed is found and used by the next", async () => {
  const url = await startAndDie();
  expect(await answers(url)).toBe(true);
  const pid = await serverPid();
  server = await startLocalPostgres(options());
  expect({ started: server.started, url: server.url, pid: await serverPid() }).toEqual({ started: false, url, pid });
});

test("a server that was killed itself is started again by the next", async () => {
  server = await startLocalPostgres(options());
  const pid = await serverPid();
  process.kill(pid, "SIGKILL");
  while (
    await readFile(`/proc/${pid}/cmdline`, "utf8").then(
      (text) => text !== "",
      () => false,
    )
  )
    await sleep(20);
  server = await startLocalPostgres(options());
  expect(server.started).toBe(true);
  expect(await answers(server.url)).toBe(true);
});

test("a pid file that names somebody else's process is not mistaken for a server", async () => {
  server = await startLocalPostgres(options());
  await server.stop();
  await writeFile(pidFile(), `${process.pid}\n${join(folder, "data/postgres/data")}\n0\n5432\n\n\n\nready\n`);
  server = await startLocalPostgres(options());
  expect(server.started).toBe(true);
  expect(await serverPid()).not.toBe(process.pid);
});

test("stopped and started again, the data is there; with its passwords lost a new server takes its place", async () => {
  server = await startLocalPostgres(options());
  await ask(server.adminUrl, "create table kept as select 7 as n");
  await server.stop();
  await expect(ask(server.url, "select 1")).rejects.toThrow();
  server = await startLocalPostgres(options());
  expect(server.started).toBe(true);
  expect(await ask(server.adminUrl, "select n from kept")).toEqual([{ n: 7 }]);

  await rm(join(folder, "state", "postgres.json"));
  server = await startLocalPostgres(options());
  expect(server.started).toBe(true);
  await expect(ask(server.adminUrl, "select n from kept")).rejects.toThrow("does not exist");
});
