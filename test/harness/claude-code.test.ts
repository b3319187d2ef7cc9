import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../src/core/agent-event.ts";
import { agentEventSchema } from "../../src/core/agent-event.ts";
import { createHarnesses } from "../../src/harness/registry.ts";
import type { Harness, HarnessEnd, HarnessVerdict } from "../../src/ports.ts";
import { rulesFor } from "../sandbox/rules.ts";

const RECORDINGS = new URL("../payloads/claude-code/", import.meta.url);
const FIXED = "Fixed `sum` in src/sum.js: it subtracted instead of adding. All tests pass now.";
const POLICY = "Finished after the policy answer.";
const READ = "Finished after the read answer.";
const FOLLOWED = "Follow-up received: nothing else to change.";
const DONE: HarnessEnd = { exitCode: 0, errors: "" };
const FAILED: HarnessEnd = { exitCode: 1, errors: "" };

const claude: Harness = createHarnesses({}).forRules(rulesFor({ use: "claude-code" }));

function linesOf(name: string): readonly string[] {
  return readFileSync(new URL(`${name}.jsonl`, RECORDINGS), "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

function replay(
  name: string,
  end: HarnessEnd,
): { readonly events: readonly AgentEvent[]; readonly verdict: HarnessVerdict } {
  const reader = claude.reader();
  const events = linesOf(name).flatMap((line) => reader.read(line));
  return { events, verdict: reader.judge(end) };
}

const done = (said: string): HarnessVerdict => ({ kind: "done", said });
const failed = (detail: unknown): unknown => ({ kind: "failed", detail });
const refused = (status: number): HarnessVerdict => ({ kind: "model-refused", status });
const says = (text: string): unknown => expect.stringContaining(text);

/** Each recorded run with the end its process really had. */
const VERDICTS: readonly (readonly [string, HarnessEnd, unknown])[] = [
  ["acceptedits", DONE, done(FIXED)],
  ["badcmd", DONE, done("The command failed with exit code 3.")],
  ["badedit", DONE, done("The edit did not apply.")],
  ["badtool", DONE, done("That tool does not exist.")],
  ["bg", DONE, done("Left a process behind.")],
  ["bigout", DONE, done("Large output seen.")],
  ["context", FAILED, failed(says("Prompt is too long"))],
  ["cut", DONE, done(FIXED)],
  ["disallowed-curl", DONE, done(POLICY)],
  ["empty", DONE, done("")],
  ["err401", FAILED, refused(401)],
  ["err403", FAILED, refused(403)],
  ["err404", FAILED, failed(says("issue with the selected model"))],
  ["err429", FAILED, failed(says("429"))],
  ["err500", FAILED, failed(says("500 Internal server error"))],
  ["err529", FAILED, failed(says("529 Overloaded"))],
  ["flaky", DONE, done(FIXED)],
  ["happy-partial", DONE, done(FIXED)],
  ["happy", DONE, done(FIXED)],
  ["hook-deny", DONE, done(POLICY)],
  ["hook-exit2", DONE, done(READ)],
  ["interrupt", DONE, done(FOLLOWED)],
  ["jsonschema", DONE, done(FOLLOWED)],
  ["managed-deny", { exitCode: 0, errors: "Ignoring 1 permissions.allow entry" }, done(POLICY)],
  ["max-budget", FAILED, failed("Reached maximum budget ($1.5)")],
  ["max-turns", FAILED, failed("Reached maximum number of turns (3)")],
  ["maxtok", FAILED, failed(says("output token maximum"))],
  ["mcp", DONE, done("The MCP tool answered.")],
  ["nobypass", DONE, done(FIXED)],
  ["nokey", FAILED, refused(401)],
  ["parallel", DONE, done("Both files read.")],
  ["permission-host", DONE, done(POLICY)],
  ["quota", FAILED, failed("Credit balance is too low")],
  ["resume-1", DONE, done(FIXED)],
  ["resume-2", DONE, done(FOLLOWED)],
  ["resume-badid", FAILED, failed(says("No conversation found"))],
  ["resume-budget", FAILED, failed("Reached maximum budget ($0.03)")],
  ["resume-fork", DONE, done(FOLLOWED)],
  ["resume-model", DONE, done(FOLLOWED)],
  [
    "root-nosandbox",
    { exitCode: 1, errors: "--dangerously-skip-permissions cannot be used with root/sudo privileges\n" },
    failed("it ended with code 1: --dangerously-skip-permissions cannot be used with root/sudo privileges"),
  ],
  ["session-id-dup", { exitCode: 1, errors: "Error: Session ID is already in use.\n" }, failed(says("already in use"))],
  ["settings-deny-read", DONE, done(READ)],
  ["sig-SIGINT", DONE, failed("it stopped unexpectedly")],
  ["sig-SIGTERM", { exitCode: 143, errors: "" }, failed("it was ended by signal 15 (code 143), without a result")],
  ["steer", DONE, done(FOLLOWED)],
  ["streamerr", FAILED, failed("it stopped unexpectedly")],
  ["streamerr1", DONE, done(FIXED)],
  ["sub", DONE, done("Subagent finished.")],
  ["think", DONE, done("The operator is wrong.")],
  ["tools-limited", DONE, done(POLICY)],
  ["write", DONE, done("Wrote NOTES.md.")],
];

describe("a recorded run of Claude Code", () => {
  it.each(VERDICTS)("%s comes to the verdict it should", (name, end, verdict) => {
    expect(replay(name, end).verdict).toEqual(verdict);
  });

  it("is in the table, each of them", () => {
    const recorded = readdirSync(RECORDINGS).map((file) => file.replace(/\.jsonl$/, ""));
    expect(recorded.sort()).toEqual(VERDICTS.map(([name]) => name).sort());
  });

  it("makes only events that may be kept, one or more for every line", () => {
    for (const [name] of VERDICTS) {
      const reader = claude.reader();
      for (const line of linesOf(name)) {
        const events = reader.read(line);
        expect(events.length, `${name}: ${line.slice(0, 80)}`).toBeGreaterThan(0);
        for (const event of events) expect(agentEventSchema.parse(event)).toEqual(event);
      }
    }
  });

  it("comes to the same when its last line is cut off or turned over: never to done", () => {
    for (const [name, end] of VERDICTS) {
      const reader = claude.reader();
      const lines = linesOf(name).filter((line) => !line.includes('"type":"result"'));
      for (const line of lines) reader.read(line.slice(0, -1));
      expect(reader.judge(end).kind, name).not.toBe("done");
    }
  });
});

describe("the stream of Claude Code", () => {
  it("is told in order: start, words, tools, the file it changed, what it cost", () => {
    const { events } = replay("happy", DONE);
    expect(events.map((event) => event.kind)).toEqual([
      "started",
      "message",
      "tool",
      "tool_done",
      "tool",
      "tool_done",
      "file",
      "message",
      "tool",
      "tool_done",
      "message",
      "usage",
      "result",
    ]);
    expect(events[0]).toMatchObject({ agent: "Claude Code 2.1.330", model: "claude-opus-5-5" });
    expect(events).toContainEqual({ kind: "tool", id: "toolu_mock000002", name: "Read", summary: "Read: src/sum.js" });
    expect(events).toContainEqual({ kind: "file", path: "src/sum.js", change: "edit" });
    expect(events).toContainEqual({
      kind: "usage",
      usage: { inputTokens: 5400, outputTokens: 206, cachedTokens: 2000, usd: 0.02692 },
    });
  });

  it("tells a new file from a changed one, and says nothing of a file where the edit failed", () => {
    expect(replay("write", DONE).events).toContainEqual({ kind: "file", path: "NOTES.md", change: "add" });
    expect(replay("badedit", DONE).events.some((event) => event.kind === "file")).toBe(false);
  });

  it("counts what is new since the last result, also over several and after a resume", () => {
    const usageOf = (name: string) => replay(name, DONE).events.findLast((event) => event.kind === "usage");
    expect(usageOf("sub")).toMatchObject({ usage: { inputTokens: 6300, outputTokens: 253, cachedTokens: 2500 } });
    expect(usageOf("resume-2")).toMatchObject({ usage: { inputTokens: 1200, outputTokens: 50, usd: 0.0061 } });
  });

  it("does not show what a part of it says as its own words", () => {
    const reader = claude.reader();
    const line = JSON.stringify({
      type: "assistant",
      parent_tool_use_id: "toolu_1",
      message: { content: [{ type: "text", text: "part" }] },
    });
    expect(reader.read(line)).toEqual([{ kind: "raw", type: "assistant", line }]);
  });

  it.each(["disallowed-curl", "hook-deny", "managed-deny", "settings-deny-read", "acceptedits"])(
    "tells a denial once, wherever it is reported: %s",
    (name) => {
      expect(replay(name, DONE).events.filter((event) => event.kind === "denied")).toHaveLength(1);
    },
  );

  it("shows a list of things to do as the plan", () => {
    const todos = [
      { content: "Look", status: "completed", activeForm: "Looking" },
      { content: "Mend", status: "in_progress", activeForm: "Mending" },
    ];
    const block = { type: "tool_use", id: "t", name: "TodoWrite", input: { todos } };
    const events = claude.reader().read(JSON.stringify({ type: "assistant", message: { content: [block] } }));
    expect(events[1]).toEqual({
      kind: "plan",
      items: [
        { title: "Look", done: true },
        { title: "Mend", done: false },
      ],
    });
  });

  it.each([
    ["a type nobody knows", '{"type":"new_thing","subtype":"x","data":1}', "new_thing/x"],
    ["a known type with another shape", '{"type":"assistant","message":"text"}', "assistant"],
    ["a result without its fields", '{"type":"result","subtype":"success"}', "result/success"],
    ["text that is no JSON", "Warning: something", "text"],
    ["a line that was cut", '{"type":"assistant","mess', "text"],
    ["JSON that is no object", "[1,2]", "text"],
  ])("keeps %s raw", (_says, line, type) => {
    expect(claude.reader().read(line)).toEqual([{ kind: "raw", type, line }]);
  });
});

describe("the command line of Claude Code", () => {
  it("gives the prompt on standard input and reads no settings or servers of the repository", () => {
    const launch = claude.launch({ prompt: "-p is not a flag here", repositoryDir: "/home/user/repo" });
    expect(launch.stdin).toBe("-p is not a flag here");
    expect(launch.argv.slice(0, 2)).toEqual(["claude", "-p"]);
    expect(launch.argv).toEqual(expect.arrayContaining(["stream-json", "--strict-mcp-config"]));
    expect(launch.argv[launch.argv.indexOf("--setting-sources") + 1]).toBe("user");
    expect(launch.argv.join(" ")).not.toContain("is not a flag");
    expect(launch.env).toMatchObject({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_AUTOUPDATER: "1" });
    expect(launch.env["ANTHROPIC_BASE_URL"]).toBeUndefined();
  });

  it("goes to the model endpoint that is set, by the path that is set", () => {
    const harness = createHarnesses({
      anthropicApiKey: "sk-test",
      anthropicBaseUrl: "http://models.example.com:8080/v1",
      claudePath: "/opt/claude/bin/claude",
    }).forRules(rulesFor({ use: "claude-code" }));
    const launch = harness.launch({ prompt: "x", repositoryDir: "/home/user/repo" });
    expect(harness.hosts).toEqual(["models.example.com"]);
    expect(launch.argv[0]).toBe("/opt/claude/bin/claude");
    expect(launch.env["ANTHROPIC_BASE_URL"]).toBe("http://models.example.com:8080/v1");
    expect(JSON.stringify(launch)).not.toContain("sk-test");
  });

  it("is told apart from a program that is not there", () => {
    const end = { exitCode: 127, errors: "agent: line 1: exec: claude: not found\n" };
    expect(claude.reader().judge(end)).toEqual({ kind: "missing", program: "claude" });
    expect(claude.reader().judge({ exitCode: null, errors: "" })).toEqual({
      kind: "failed",
      detail: "how it ended is not known, without a result",
    });
    expect(claude.reader().judge({ exitCode: 137, errors: "" })).toMatchObject({ detail: says("memory") });
  });

  it("that ended well but with a code, or well with a code nobody knows, is judged by both", () => {
    expect(replay("happy", { exitCode: 139, errors: "" }).verdict).toMatchObject({ kind: "failed" });
    expect(replay("happy", { exitCode: null, errors: "" }).verdict).toEqual(done(FIXED));
  });
});
