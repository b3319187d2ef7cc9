// Our own short commands in a sandbox: a bare environment, so that no profile or configuration left in its home is read.
import { CommandExitError } from "@e2b/sdk";
import type { Link } from "./link.ts";

export interface Plumbed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PlumbLimits {
  readonly timeMs?: number;
}

const PLUMB_TIME_MS = 60_000;
const NOWHERE = "/nonexistent";

const PLUMB_ENV = {
  HOME: NOWHERE,
  XDG_CONFIG_HOME: NOWHERE,
  LC_ALL: "C.UTF-8",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_AUTHOR_NAME: "Countersign",
  GIT_AUTHOR_EMAIL: "countersign@countersign.invalid",
  GIT_AUTHOR_DATE: "@0 +0000",
  GIT_COMMITTER_NAME: "Countersign",
  GIT_COMMITTER_EMAIL: "countersign@countersign.invalid",
  GIT_COMMITTER_DATE: "@0 +0000",
};

const PREAMBLE = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport PATH\numask 022\ncd /\n";

/** One word of a shell command, whatever it holds. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Runs a script of ours to its end. What it prints passed through the sandbox and is a claim like all else there. */
export async function plumb(link: Link, script: string, limits: PlumbLimits = {}): Promise<Plumbed> {
  try {
    const { exitCode, stdout, stderr } = await link.current().commands.run(`${PREAMBLE}${script}`, {
      timeoutMs: limits.timeMs ?? PLUMB_TIME_MS,
      envs: PLUMB_ENV,
    });
    return { exitCode, stdout, stderr };
  } catch (cause) {
    if (!(cause instanceof CommandExitError)) throw cause;
    return { exitCode: cause.exitCode, stdout: cause.stdout, stderr: cause.stderr };
  }
}

/** For scripts that must succeed. */
export async function plumbOrThrow(link: Link, what: string, script: string): Promise<string> {
  const done = await plumb(link, script, { timeMs: 5 * PLUMB_TIME_MS });
  if (done.exitCode === 0) return done.stdout;
  const said = done.stderr.trim().split("\n").slice(-3).join(" / ");
  throw new Error(`${what} in sandbox ${link.id} ended with ${done.exitCode}: ${said}`);
}
