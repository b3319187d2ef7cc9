import { afterAll, beforeAll, expect, test } from "vitest";
import { peopleOf, type People } from "../people.ts";
import { openTestStage, type TestStage } from "../stage.ts";

let stage: TestStage;
let people: People;
beforeAll(async () => {
  stage = await openTestStage();
  people = peopleOf(stage);
});
afterAll(() => stage.close());

async function kill(sandboxId: string): Promise<void> {
  const headers = { "x-api-key": stage.env["E2B_API_KEY"] ?? "" };
  await fetch(`${stage.e2b.url}/sandboxes/${sandboxId}`, { method: "DELETE", headers });
}

test("a turn whose sandbox is gone starts again in a new one, but not for ever", async () => {
  const run = await people.ask("wait 60 seconds");
  const lost: unknown[] = [];
  for (;;) {
    const state = await people.untilPhase(run, "working", "failed");
    if (state["phase"] === "failed") break;
    if (lost.includes(state["sandboxId"])) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    lost.push(state["sandboxId"]);
    await kill(String(state["sandboxId"]));
  }
  expect(await people.stateOf(run)).toMatchObject({ phase: "failed", cause: { kind: "sandbox-unavailable" } });
  expect(lost.length).toBe(3);
  await people.messageThat(
    "the last word, told to the requester",
    (message) => message.text.startsWith("Stopped") && message.notified.includes("U0REQ"),
  );
});
