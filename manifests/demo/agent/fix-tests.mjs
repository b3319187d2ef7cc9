// "Fix the failing test": run the tests, find the code they test, try small changes there until all tests pass.
import { readFile, writeFile } from "node:fs/promises";
import { runShell } from "./shell.mjs";
import { pause, plan, tell, tool } from "./tell.mjs";
import { mutationsOf } from "./mutations.mjs";
import { failingTests, sourcesOf, testCommand } from "./tests.mjs";

const STEPS = ["Run the tests", "Find the code they test", "Find the cause", "Run all tests again"];
const TRIES = 150;
const TRY_MS = 20_000;

export async function fixTests() {
  plan(STEPS, 0);
  const { command, shown } = await testCommand();
  const first = await tool("bash", shown, async () => runTests(command));
  if (first.ok) return { ok: true, said: "All tests pass already, so I changed nothing." };
  plan(STEPS, 1);
  const tests = await failingTests(first.output);
  const sources = await sourcesOf(tests.map((each) => each.file));
  tell({ kind: "message", text: describeFailure(tests, sources) });
  await pause(600);
  plan(STEPS, 2);
  const found = await tool("edit", sources.join(", "), async () => search(sources, tests, command));
  if (!found.ok) {
    return { ok: true, said: "The tests fail, and no small change I know makes them pass. I changed nothing." };
  }
  tell({ kind: "file", path: found.file, change: "edit" });
  plan(STEPS, 3);
  await pause(500);
  const again = await tool("bash", shown, async () => runTests(command));
  plan(STEPS, again.ok ? 4 : 3);
  return {
    ok: true,
    said: `The failing test was right and the code was wrong: ${found.said}. All tests pass now.`,
  };
}

async function runTests(command, limits = {}) {
  const { code, output } = await runShell(command, limits);
  return { ok: code === 0, said: code === 0 ? "all tests pass" : `ended with ${code}`, output };
}

function describeFailure(tests, sources) {
  const names = tests.flatMap((each) => each.names).map((name) => `“${name}”`);
  const what = names.length === 0 ? "A test fails" : `${names.join(", ")} ${names.length === 1 ? "fails" : "fail"}`;
  return `${what}. The code behind it is in ${sources.join(", ") || "no file I can find"}.`;
}

/** Each change is tried on the failing test files first, which is quick, and believed when everything passes. */
async function search(sources, tests, command) {
  const quick = tests.map((each) => `node ${JSON.stringify(each.file)}`).join(" && ");
  let tries = 0;
  for (const file of sources) {
    const original = await readFile(file, "utf8");
    for (const mutation of mutationsOf(original)) {
      tries += 1;
      if (tries > TRIES) break;
      await writeFile(file, mutation.content);
      const passes = quick === "" || (await runTests(quick, { timeMs: TRY_MS })).ok;
      if (passes && (await runTests(command, { timeMs: TRY_MS })).ok) {
        return {
          ok: true,
          said: `${file}, line ${mutation.line}, had ${mutation.from} where ${mutation.to} belongs`,
          file,
        };
      }
    }
    await writeFile(file, original);
  }
  return { ok: false, said: "nothing helped" };
}
