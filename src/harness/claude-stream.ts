// Claude Code's stream of JSON lines as AgentEvents. What is not known is kept raw and never fails a run.
import type { z } from "zod";
import type { AgentEvent, Usage } from "../core/agent-event.ts";
import type { HarnessEnd, HarnessReader, HarnessVerdict } from "../ports.ts";
import * as lines from "./claude-lines.ts";
import { describeTool, fileOf, firstLine } from "./claude-tools.ts";
import { parseJson, type JsonObject } from "./json-line.ts";

export type ClaudeResult = z.infer<typeof lines.resultSchema>;

interface Seen {
  readonly result: ClaudeResult | undefined;
  readonly said: string;
}

interface State {
  started: boolean;
  said: string;
  result: ClaudeResult | undefined;
  costUsd: number;
  usage: Usage;
  repositoryDir: string;
  readonly tools: Map<string, { readonly name: string; readonly summary: string; readonly input: JsonObject }>;
  readonly denied: Set<string>;
}

export function createClaudeReader(judge: (end: HarnessEnd, seen: Seen) => HarnessVerdict): HarnessReader {
  const state: State = {
    started: false,
    said: "",
    result: undefined,
    costUsd: 0,
    usage: { inputTokens: 0, outputTokens: 0, cachedTokens: 0, usd: 0 },
    repositoryDir: "",
    tools: new Map(),
    denied: new Set(),
  };
  return {
    read: (line) => readLine(state, line),
    judge: (end) => judge(end, { result: state.result, said: state.said }),
  };
}

function readLine(state: State, line: string): readonly AgentEvent[] {
  const value = parseJson(line);
  if (value === undefined) return [{ kind: "raw", type: "text", line }];
  const events = readKnown(state, value);
  return events ?? [{ kind: "raw", type: typeOf(value), line }];
}

function typeOf(value: JsonObject): string {
  const { type, subtype } = value;
  if (typeof type !== "string") return "unknown";
  return typeof subtype === "string" ? `${type}/${subtype}` : type;
}

/** Undefined for a line that says nothing we show. */
function readKnown(state: State, value: JsonObject): readonly AgentEvent[] | undefined {
  switch (value["type"]) {
    case "system":
      return readSystem(state, value);
    case "assistant":
      return readAssistant(state, value);
    case "user":
      return readUser(state, value);
    case "result":
      return readResult(state, value);
    default:
      return undefined;
  }
}

function readSystem(state: State, value: JsonObject): readonly AgentEvent[] | undefined {
  const init = lines.initSchema.safeParse(value).data;
  if (init !== undefined) return readInit(state, init);
  const retry = lines.retrySchema.safeParse(value).data;
  if (retry !== undefined) {
    const why = [retry.error_status ?? "", retry.error].filter((part) => part !== "").join(" ");
    return [{ kind: "retry", detail: `attempt ${retry.attempt} of ${retry.max_retries}: ${why}` }];
  }
  const denied = lines.deniedSchema.safeParse(value).data;
  if (denied === undefined) return undefined;
  state.denied.add(denied.tool_use_id);
  const tool = state.tools.get(denied.tool_use_id);
  return [{ kind: "denied", what: tool?.summary ?? denied.tool_name, why: denied.message }];
}

/** Told again after each message it takes in: the first one starts the run. */
function readInit(state: State, init: z.infer<typeof lines.initSchema>): readonly AgentEvent[] | undefined {
  if (state.started) return undefined;
  state.started = true;
  state.repositoryDir = init.cwd;
  return [
    {
      kind: "started",
      agent: `Claude Code ${init.claude_code_version}`.trim(),
      ...(init.model === undefined ? {} : { model: init.model }),
      ...(init.session_id === undefined ? {} : { session: init.session_id }),
    },
  ];
}

function readAssistant(state: State, value: JsonObject): readonly AgentEvent[] | undefined {
  const line = lines.assistantSchema.safeParse(value).data;
  if (line === undefined) return undefined;
  const isMain = typeof line.parent_tool_use_id !== "string";
  const events = line.message.content.flatMap((block) => readBlock(state, block, isMain));
  return events.length === 0 ? undefined : events;
}

function readBlock(state: State, block: unknown, isMain: boolean): readonly AgentEvent[] {
  const said = lines.textBlockSchema.safeParse(block).data;
  // What a part of it says to the whole is not what it says to people.
  if (said !== undefined && !isMain) return [];
  if (said !== undefined) {
    if (said.text.trim() === "") return [];
    state.said = said.text;
    return [{ kind: "message", text: said.text }];
  }
  const tool = lines.toolBlockSchema.safeParse(block).data;
  if (tool === undefined) return [];
  const summary = describeTool(tool.name, tool.input, state.repositoryDir);
  state.tools.set(tool.id, { name: tool.name, summary, input: tool.input });
  const called: AgentEvent = { kind: "tool", id: tool.id, name: tool.name, summary };
  const todo = tool.name === "TodoWrite" ? lines.todoSchema.safeParse(tool.input).data : undefined;
  if (todo === undefined) return [called];
  const items = todo.todos.map(({ content, status }) => ({ title: content, done: status === "completed" }));
  return [called, { kind: "plan", items }];
}

function readUser(state: State, value: JsonObject): readonly AgentEvent[] | undefined {
  const line = lines.userSchema.safeParse(value).data;
  if (line === undefined) return undefined;
  const events: AgentEvent[] = [];
  for (const block of line.message.content) {
    const done = lines.toolResultSchema.safeParse(block).data;
    if (done === undefined) continue;
    const ok = done.is_error !== true;
    events.push({ kind: "tool_done", id: done.tool_use_id, ok, summary: firstLine(textOf(done.content)) });
    const tool = state.tools.get(done.tool_use_id);
    const path = tool === undefined ? undefined : fileOf(tool.name, tool.input, state.repositoryDir);
    if (!ok || path === undefined) continue;
    const isNew = lines.writtenSchema.safeParse(line.tool_use_result).success;
    events.push({ kind: "file", path, change: isNew ? "add" : "edit" });
  }
  return events.length === 0 ? undefined : events;
}

function textOf(content: z.infer<typeof lines.toolResultSchema>["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text ?? "").join("\n");
}

function readResult(state: State, value: JsonObject): readonly AgentEvent[] | undefined {
  const result = lines.resultSchema.safeParse(value).data;
  if (result === undefined) return undefined;
  state.result = result;
  state.usage = addUsage(state, result);
  state.costUsd = result.total_cost_usd;
  const ok = !result.is_error && result.subtype === "success";
  const detail = result.errors[0] ?? result.terminal_reason ?? undefined;
  return [
    ...readDenials(state, result),
    { kind: "usage", usage: state.usage },
    {
      kind: "result",
      ok,
      text: result.result,
      ...(typeof result.api_error_status === "number" ? { modelStatus: result.api_error_status } : {}),
      ...(ok || detail === undefined ? {} : { detail }),
    },
  ];
}

/** A hook's denials and some of file rules are told only here. */
function readDenials(state: State, result: ClaudeResult): readonly AgentEvent[] {
  const fresh = result.permission_denials.filter(({ tool_use_id }) => !state.denied.has(tool_use_id));
  for (const { tool_use_id } of fresh) state.denied.add(tool_use_id);
  return fresh.map(({ tool_name, tool_input }) => ({
    kind: "denied",
    what: describeTool(tool_name, tool_input, state.repositoryDir),
    why: "its rules do not allow it",
  }));
}

/** Totals of this process: the CLI's own go on over resumed sessions, so each result adds only what it says is new. */
function addUsage(state: State, result: ClaudeResult): Usage {
  const { usage } = state;
  const models = result.model_usage_since_last_result;
  if (models !== undefined) {
    return Object.values(models).reduce(
      (sum, model) => ({
        inputTokens: sum.inputTokens + model.inputTokens + model.cacheCreationInputTokens,
        outputTokens: sum.outputTokens + model.outputTokens,
        cachedTokens: sum.cachedTokens + model.cacheReadInputTokens,
        usd: (sum.usd ?? 0) + model.costUSD,
      }),
      usage,
    );
  }
  const own = result.usage;
  return {
    inputTokens: usage.inputTokens + (own?.input_tokens ?? 0) + (own?.cache_creation_input_tokens ?? 0),
    outputTokens: usage.outputTokens + (own?.output_tokens ?? 0),
    cachedTokens: usage.cachedTokens + (own?.cache_read_input_tokens ?? 0),
    usd: (usage.usd ?? 0) + Math.max(0, result.total_cost_usd - state.costUsd),
  };
}
