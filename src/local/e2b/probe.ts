// Can this machine seal a sandbox? Found out by sealing one, as the user who would; if not, why, and what to do.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { SEALED, systemBinds } from "./bubblewrap.ts";
import { CLEAN_ENV, sandboxUser } from "./host-user.ts";
import { explainFailure, type HostFacts, type ProbeResult } from "./probe-cause.ts";

export type { ProbeResult };

const TRY_TIMEOUT_MS = 4_000;
const SYSCTLS = [
  "kernel/unprivileged_userns_clone",
  "kernel/apparmor_restrict_unprivileged_userns",
  "user/max_user_namespaces",
];

export async function probeSandboxHost(): Promise<ProbeResult> {
  if (process.platform !== "linux") return explainFailure({ kind: "not-linux" }, readFacts());
  const args = [...SEALED, ...systemBinds(), "--proc", "/proc", "--dev", "/dev", "--", "/usr/bin/env", "true"];
  return new Promise((resolve) => {
    const user = sandboxUser();
    const options = { env: CLEAN_ENV, cwd: "/", timeout: TRY_TIMEOUT_MS, killSignal: "SIGKILL", ...user } as const;
    execFile("bwrap", args, options, (failure, _stdout, stderr) => {
      if (failure === null) resolve({ ok: true });
      else if (failure.code === "ENOENT") resolve(explainFailure({ kind: "no-bwrap" }, readFacts()));
      else if (failure.killed === true) resolve(explainFailure({ kind: "silent" }, readFacts()));
      else resolve(explainFailure({ kind: "failed", stderr }, readFacts()));
    });
  });
}

function readFacts(): HostFacts {
  const sysctls: Record<string, string> = {};
  for (const name of SYSCTLS) {
    const value = readIfThere(`/proc/sys/${name}`);
    if (value !== undefined) sysctls[name.replace("/", ".")] = value.trim();
  }
  const isContainer = existsSync("/.dockerenv") || existsSync("/run/.containerenv");
  const hasSeccomp = /^Seccomp:\s*2$/m.test(readIfThere("/proc/self/status") ?? "");
  return { sysctls, isContainer, hasSeccomp };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
