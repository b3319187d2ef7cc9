// Claude Code in print mode: its command line, and the verdict on its end.
import { secretsInSandbox } from "../core/policy.ts";
import type { Harness, HarnessEnd, HarnessVerdict } from "../ports.ts";
import { createClaudeReader, type ClaudeResult } from "./claude-stream.ts";
import { judgeMissing, lastError, wordExit } from "./verdict.ts";

interface ClaudeOptions {
  readonly baseUrl?: string | undefined;
  readonly path?: string | undefined;
}

const DEFAULT_HOST = "api.anthropic.com";

/** The repository's own settings, hooks and servers are not read: they are text of others, and print mode would run them. */
const FLAGS: readonly string[] = [
  "-p",
  "--output-format",
  "stream-json",
  "--verbose",
  "--dangerously-skip-permissions",
  "--setting-sources",
  "user",
  "--strict-mcp-config",
];

const ENV: Readonly<Record<string, string>> = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
  DISABLE_TELEMETRY: "1",
  DISABLE_ERROR_REPORTING: "1",
  // Its own default goes on for minutes against a key that is refused.
  CLAUDE_CODE_MAX_RETRIES: "4",
  // Where the sandbox's user is root it would otherwise refuse to work unasked.
  IS_SANDBOX: "1",
};

export function createClaudeCode(options: ClaudeOptions): Harness {
  const program = options.path ?? "claude";
  const { baseUrl } = options;
  return {
    label: "Claude Code",
    secretNames: secretsInSandbox({ use: "claude-code" }),
    hosts: [baseUrl === undefined ? DEFAULT_HOST : new URL(baseUrl).hostname],
    launch: ({ prompt }) => ({
      argv: [program, ...FLAGS],
      env: { ...ENV, ...(baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: baseUrl }) },
      stdin: prompt,
    }),
    reader: () =>
      createClaudeReader((end, seen) => judge(end, { ...seen, program: program.split("/").at(-1) ?? program })),
  };
}

interface Seen {
  /** The last result line: earlier ones are those of parts, or were followed by more work. */
  readonly result: ClaudeResult | undefined;
  readonly said: string;
  readonly program: string;
}

/** Neither its last line nor its exit code is enough alone: errors come as results of subtype "success". */
function judge(end: HarnessEnd, { result, said, program }: Seen): HarnessVerdict {
  if (result === undefined) return judgeWithoutResult(end, program);
  const status = refusedStatus(result);
  if (status !== undefined) return { kind: "model-refused", status };
  if (result.is_error || result.subtype !== "success") return { kind: "failed", detail: wordError(result) };
  if (end.exitCode !== null && end.exitCode !== 0) return { kind: "failed", detail: wordExit(end.exitCode) };
  return { kind: "done", said: result.result === "" ? said : result.result };
}

function judgeWithoutResult(end: HarnessEnd, program: string): HarnessVerdict {
  const missing = judgeMissing(end, program);
  if (missing !== undefined) return missing;
  const how = end.exitCode === null ? "how it ended is not known" : wordExit(end.exitCode);
  const why = lastError(end);
  return { kind: "failed", detail: why === "" ? `${how}, without a result` : `${how}: ${why}` };
}

function refusedStatus(result: ClaudeResult): number | undefined {
  if (!result.is_error) return undefined;
  const { api_error_status: status } = result;
  if (status === 401 || status === 403) return status;
  // Without any key it never asks the endpoint, which would have said the same.
  return result.terminal_reason === "api_error" && /^not logged in\b/i.test(result.result) ? 401 : undefined;
}

function wordError(result: ClaudeResult): string {
  const said = (result.result === "" ? (result.errors[0] ?? "") : result.result).split("\n")[0] ?? "";
  if (said === "" || said.startsWith("[ede_diagnostic]")) return "it stopped unexpectedly";
  return said.slice(0, 400);
}
