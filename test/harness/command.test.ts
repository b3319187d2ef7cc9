import { describe, expect, it } from "vitest";
import { createHarnesses } from "../../src/harness/registry.ts";
import type { HarnessVerdict } from "../../src/ports.ts";
import { rulesFor } from "../sandbox/rules.ts";

const harness = createHarnesses({}).forRules(rulesFor({ use: "command", command: ["/opt/agents/my-agent", "--json"] }));
const result = (fields: object): string => JSON.stringify({ kind: "result", ok: true, text: "", ...fields });
const done = (said: string): HarnessVerdict => ({ kind: "done", said });

describe("a command as agent", () => {
  it("is started as policy says, with the prompt on its standard input, without secrets or hosts", () => {
    const launch = harness.launch({ prompt: "do it", repositoryDir: "/home/user/repo" });
    expect(launch).toEqual({ argv: ["/opt/agents/my-agent", "--json"], env: {}, stdin: "do it" });
    expect(harness).toMatchObject({ label: "my-agent", secretNames: [], hosts: [] });
  });

  it.each([
    [["env", "A=1", "B=2", "/usr/bin/runner", "x"], "runner"],
    [["demo-agent"], "demo-agent"],
    [["/usr/bin/env", "tool"], "tool"],
  ])("is called by its program: %j", (command, label) => {
    expect(createHarnesses({}).forRules(rulesFor({ use: "command", command })).label).toBe(label);
  });

  it("says events as JSON lines, words as text, and keeps what it does not know raw", () => {
    const reader = harness.reader();
    const plan = { kind: "plan", items: [{ title: "Look", done: false }] };
    expect(reader.read(JSON.stringify(plan))).toEqual([plan]);
    expect(reader.read("Looking at it now")).toEqual([{ kind: "message", text: "Looking at it now" }]);
    expect(reader.read('{"kind":"file","path":"a","change":"moved"}')).toEqual([
      { kind: "raw", type: "unknown", line: '{"kind":"file","path":"a","change":"moved"}' },
    ]);
    expect(reader.read("{broken")).toEqual([{ kind: "message", text: "{broken" }]);
  });

  it.each<[string, readonly string[], number | null, HarnessVerdict]>([
    ["its last message is what it said", ["one", "two"], 0, done("two")],
    ["a result goes before a message", ["one", result({ text: "all done" })], 0, done("all done")],
    ["a result without words leaves the message", ["one", result({})], 0, done("one")],
    ["silence with code 0 is done", [], 0, done("")],
    [
      "the exit code decides over its word",
      [result({ text: "fine" })],
      3,
      { kind: "failed", detail: "it ended with code 3: it broke" },
    ],
    [
      "its own reason is told",
      [result({ ok: false, text: "no way" })],
      1,
      { kind: "failed", detail: "it ended with code 1: no way" },
    ],
    [
      "its word that it failed counts",
      [result({ ok: false, text: "no way" })],
      0,
      { kind: "failed", detail: "no way" },
    ],
    [
      "a refused model key is told as such",
      [result({ ok: false, modelStatus: 401 })],
      1,
      { kind: "model-refused", status: 401 },
    ],
    [
      "other model errors are failures",
      [result({ ok: false, text: "busy", modelStatus: 529 })],
      0,
      { kind: "failed", detail: "busy" },
    ],
    ["a program that is not there is missing", [], 127, { kind: "missing", program: "my-agent" }],
    [
      "one that ran and ends with 127 is not",
      ["hello"],
      127,
      { kind: "failed", detail: "it ended with code 127: it broke" },
    ],
    ["an unknown end with a good result is done", [result({ text: "fine" })], null, done("fine")],
    ["an unknown end without one is not", ["hello"], null, { kind: "failed", detail: "how it ended is not known" }],
  ])("%s", (_says, lines, exitCode, verdict) => {
    const reader = harness.reader();
    for (const line of lines) reader.read(line);
    expect(reader.judge({ exitCode, errors: "at x\nit broke\n" })).toEqual(verdict);
  });
});

describe("the secrets of agents", () => {
  const harnesses = createHarnesses({ anthropicApiKey: "sk-test" });

  it("are handed out by name, and only those that are set", () => {
    expect(harnesses.secretValues(["ANTHROPIC_API_KEY", "OTHER"])).toEqual(new Map([["ANTHROPIC_API_KEY", "sk-test"]]));
    expect(harnesses.secretValues([])).toEqual(new Map());
    expect(createHarnesses({}).secretValues(["ANTHROPIC_API_KEY"])).toEqual(new Map());
  });

  it("are named by the agent that needs them", () => {
    expect(harnesses.forRules(rulesFor({ use: "claude-code" })).secretNames).toEqual(["ANTHROPIC_API_KEY"]);
  });
});
