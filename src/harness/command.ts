// Any program as an agent: the prompt on its standard input, events as JSON lines or plain text on its standard output.
import { agentEventSchema, type AgentEvent } from "../core/agent-event.ts";
import type { Harness, HarnessEnd, HarnessReader, HarnessVerdict } from "../ports.ts";
import { parseJson } from "./json-line.ts";
import { judgeMissing, lastError, wordExit } from "./verdict.ts";

type Result = Extract<AgentEvent, { kind: "result" }>;

export function createCommand(command: readonly string[]): Harness {
  const program = nameOf(command);
  return {
    label: program,
    secretNames: [],
    hosts: [],
    launch: ({ prompt }) => ({ argv: command, env: {}, stdin: prompt }),
    reader: () => createReader(program),
  };
}

/** The program people know it by, behind an `env NAME=value` in front of it. */
function nameOf(command: readonly string[]): string {
  const words = command.filter((word) => !/^[A-Za-z_]\w*=/.test(word));
  const first = words[0]?.split("/").at(-1) === "env" ? words[1] : words[0];
  return first?.split("/").at(-1) ?? "agent";
}

function createReader(program: string): HarnessReader {
  let said = "";
  let result: Result | undefined;
  return {
    read(line) {
      const event = parseLine(line);
      if (event.kind === "message") said = event.text;
      if (event.kind === "result") result = event;
      return [event];
    },
    judge: (end) => judge(end, { program, said, result }),
  };
}

function parseLine(line: string): AgentEvent {
  const value = parseJson(line);
  if (value === undefined) return { kind: "message", text: line };
  const event = agentEventSchema.safeParse(value);
  return event.success ? event.data : { kind: "raw", type: "unknown", line };
}

/** The exit code decides; where nobody knows it, its own last word has to do, and silence is a failure. */
function judge(
  end: HarnessEnd,
  at: { readonly program: string; readonly said: string; readonly result: Result | undefined },
): HarnessVerdict {
  const { result } = at;
  const missing = judgeMissing(end, at.program);
  if (missing !== undefined && result === undefined && at.said === "") return missing;
  if (result?.modelStatus === 401 || result?.modelStatus === 403)
    return { kind: "model-refused", status: result.modelStatus };
  if (end.exitCode !== null && end.exitCode !== 0) {
    const why = result?.ok === false && result.text !== "" ? result.text : lastError(end);
    return { kind: "failed", detail: why === "" ? wordExit(end.exitCode) : `${wordExit(end.exitCode)}: ${why}` };
  }
  if (result?.ok === false)
    return { kind: "failed", detail: result.text === "" ? "it said that it failed" : result.text };
  if (end.exitCode === null && result === undefined) return { kind: "failed", detail: "how it ended is not known" };
  return { kind: "done", said: result === undefined || result.text === "" ? at.said : result.text };
}
