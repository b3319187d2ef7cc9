// What an agent should not do, for tests that it changes nothing it must not.
import { spawn } from "node:child_process";
import { appendFile, mkdir, open, symlink, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { runShell } from "./shell.mjs";
import { tell, tool } from "./tell.mjs";

const LINES = 1_000_000;
const LATE_FILE = "content/late.md";
const OWN_LOG = "/proc/self/fd/1";

export async function touch({ file }) {
  await tool("write", file, async () => {
    await mkdir(dirname(file), { recursive: true });
    await appendFile(file, "\n");
    return { ok: true, said: "touched" };
  });
  tell({ kind: "file", path: file, change: "edit" });
  return { ok: true, said: `Touched ${file}.` };
}

export async function link({ file, target }) {
  await mkdir(dirname(file), { recursive: true });
  await symlink(target, file);
  tell({ kind: "file", path: file, change: "add" });
  return { ok: true, said: `${file} points to ${target} now.` };
}

export async function fill({ megabytes, file }) {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, "w");
  // Noise, so that it does not shrink when packed.
  const block = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < megabytes; at += 1) {
    for (let word = 0; word < block.length; word += 4) block.writeInt32LE((Math.random() * 2 ** 31) | 0, word);
    await handle.write(block);
  }
  await handle.close();
  tell({ kind: "file", path: file, change: "add" });
  return { ok: true, said: `Wrote ${megabytes} MB to ${file}.` };
}

export async function nest({ folder }) {
  const done = await runShell(
    `mkdir -p '${folder}' && cd '${folder}' && git init -q . && echo nested >nested.txt && git add -A && git -c user.name=n -c user.email=n@example.com commit -qm nested`,
  );
  return { ok: true, said: `${folder} is a repository of its own: ${done.code === 0 ? "committed" : done.output}` };
}

export async function printLines() {
  let block = "";
  for (let line = 1; line <= LINES; line += 1) {
    block += `line ${line}\n`;
    if (block.length > 65_536) {
      await print(block);
      block = "";
    }
  }
  await print(block);
  return { ok: true, said: "Printed a million lines." };
}

function print(text) {
  return new Promise((resolve) => {
    process.stdout.write(text, resolve);
  });
}

export async function printEnvironment() {
  // oxlint-disable-next-line node/no-process-env -- telling it is the mischief
  const lines = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  return { ok: true, said: lines.join("\n") };
}

/** In a session of its own, so that ending the agent's group does not reach it. */
export async function forkAway() {
  await mkdir(dirname(LATE_FILE), { recursive: true });
  const child = spawn("/bin/sh", ["-c", `for i in $(seq 600); do echo late >>${LATE_FILE}; sleep 0.1; done`], {
    detached: true,
    stdio: "ignore",
  });
  child.unref();
  return { ok: true, said: `Left process ${child.pid} behind, which goes on writing to ${LATE_FILE}.` };
}

export async function shortenLog() {
  tell({ kind: "message", text: "Something that will not be there any more. ".repeat(100) });
  await truncate(OWN_LOG, 10);
  return { ok: true, said: "My log is shorter than it was." };
}

export async function rewriteLog() {
  const log = await open(OWN_LOG, "r+");
  await log.write("#".repeat(4096), 0);
  await log.close();
  return { ok: true, said: "My log says something else than it did." };
}

export async function exit({ code }) {
  process.exit(code);
}
