// The demo agent: a scripted stand-in without a model. Reads a request in plain English from its standard input,
// does what it understands of it in the current folder, and tells of it in JSON lines on its standard output.
import { text } from "node:stream/consumers";
import { parseRequest } from "./request.mjs";
import { HELP } from "./help.mjs";
import { tell, pause } from "./tell.mjs";
import * as work from "./work.mjs";
import * as mischief from "./mischief.mjs";
import { fixTests } from "./fix-tests.mjs";
import { setPrice } from "./prices.mjs";

const NAME = "demo agent: a scripted stand-in, no model";

const ACTS = {
  fixTests,
  setPrice,
  ...work,
  ...mischief,
};

async function main() {
  if (process.argv.includes("--help")) {
    process.stdout.write(HELP);
    return;
  }
  const request = await text(process.stdin);
  tell({ kind: "started", agent: NAME });
  await pause(300);
  const wanted = parseRequest(request);
  if (wanted.length === 0) {
    tell({ kind: "result", ok: true, text: notUnderstood() });
    return;
  }
  const done = [];
  for (const { act, args } of wanted) done.push(await ACTS[act](args));
  const ok = done.every((each) => each.ok);
  tell({ kind: "result", ok, text: done.map((each) => each.said).join(" ") });
  if (!ok) process.exitCode = 1;
}

function notUnderstood() {
  return `I am the ${NAME}, so I understand only a few sentences, such as "fix the failing test", "raise the monthly price to $39", "replace X with Y in FILE" or "write FILE: text". I changed nothing.`;
}

await main();
