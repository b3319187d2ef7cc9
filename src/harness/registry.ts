// The agents we know how to start, by what policy names.
import type { Harness, Harnesses } from "../ports.ts";
import { createClaudeCode } from "./claude-code.ts";
import { createCommand } from "./command.ts";

export interface HarnessesOptions {
  readonly anthropicApiKey?: string | undefined;
  readonly anthropicBaseUrl?: string | undefined;
  /** Where the program lies in the sandbox; `claude` on its PATH otherwise. */
  readonly claudePath?: string | undefined;
}

export function createHarnesses(options: HarnessesOptions): Harnesses {
  const claudeCode = createClaudeCode({ baseUrl: options.anthropicBaseUrl, path: options.claudePath });
  const values = new Map(
    options.anthropicApiKey === undefined ? [] : [["ANTHROPIC_API_KEY", options.anthropicApiKey] as const],
  );
  return {
    forRules({ agent }): Harness {
      switch (agent.use) {
        case "claude-code":
          return claudeCode;
        case "command":
          return createCommand(agent.command);
        default:
          return agent satisfies never;
      }
    },
    secretValues(names) {
      return new Map([...values].filter(([name]) => names.includes(name)));
    },
  };
}
