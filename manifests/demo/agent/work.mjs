// Ordinary work: files and commands.
import { appendFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runShell } from "./shell.mjs";
import { pause, plan, tell, tool } from "./tell.mjs";

const STEPS = ["Find the file", "Change it", "Look at the result"];

export async function replace({ from, to, file }) {
  plan(STEPS, 0);
  const found = await tool("read", file, async () => readable(file));
  if (!found.ok) return { ok: true, said: `I found no file ${file}, so I changed nothing.` };
  plan(STEPS, 1);
  const count = found.content.split(from).length - 1;
  if (from === "" || count === 0)
    return { ok: true, said: `“${from}” does not stand in ${file}, so I changed nothing.` };
  await tool("edit", `${file}: ${count} ${count === 1 ? "place" : "places"}`, async () => {
    await writeFile(file, found.content.replaceAll(from, to));
    return { ok: true, said: "written" };
  });
  tell({ kind: "file", path: file, change: "edit" });
  plan(STEPS, 2);
  await pause(400);
  plan(STEPS, 3);
  return { ok: true, said: `Replaced “${from}” with “${to}” in ${file}, ${count === 1 ? "once" : `${count} times`}.` };
}

async function readable(file) {
  try {
    return { ok: true, said: "read", content: await readFile(file, "utf8") };
  } catch {
    return { ok: false, said: "there is no such file", content: "" };
  }
}

export async function write({ file, content }) {
  const isNew = !(await exists(file));
  await tool("write", file, async () => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${content.replaceAll(String.raw`\n`, "\n")}\n`);
    return { ok: true, said: "written" };
  });
  tell({ kind: "file", path: file, change: isNew ? "add" : "edit" });
  return { ok: true, said: `Wrote ${file}.` };
}

export async function append({ file, content }) {
  const isNew = !(await exists(file));
  await tool("write", file, async () => {
    await mkdir(dirname(file), { recursive: true });
    await appendFile(file, `${content}\n`);
    return { ok: true, said: "one line more" };
  });
  tell({ kind: "file", path: file, change: isNew ? "add" : "edit" });
  return { ok: true, said: `Added a line to ${file}.` };
}

export async function remove({ file }) {
  if (!(await exists(file))) return { ok: true, said: `There is no ${file} to delete.` };
  await tool("delete", file, async () => {
    await rm(file, { recursive: true });
    return { ok: true, said: "deleted" };
  });
  tell({ kind: "file", path: file, change: "delete" });
  return { ok: true, said: `Deleted ${file}.` };
}

export async function run({ command }) {
  const done = await tool("bash", command, async () => {
    const { code, output } = await runShell(command);
    return { ok: code === 0, said: `ended with ${code}`, output, code };
  });
  const tail = done.output.trim().slice(-500);
  return { ok: true, said: `${command} ended with ${done.code}${tail === "" ? "." : `: ${tail}`}` };
}

export async function wait({ seconds }) {
  tell({ kind: "message", text: `Waiting ${seconds} ${seconds === 1 ? "second" : "seconds"}.` });
  await sleep(seconds * 1000);
  return { ok: true, said: `Waited ${seconds} ${seconds === 1 ? "second" : "seconds"}.` };
}

export async function answer({ said }) {
  await pause(400);
  return { ok: true, said };
}

async function exists(file) {
  return (await stat(file).catch(() => undefined)) !== undefined;
}
