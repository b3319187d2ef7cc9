// What the local sandboxes need of this machine: git, bubblewrap, and user namespaces. Named within seconds, with the fix.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { probeSandboxHost } from "../src/local/e2b/probe.ts";

/** Programs, and the Debian package each comes from. */
const NEEDED: readonly (readonly [string, string])[] = [
  ["git", "git"],
  ["bwrap", "bubblewrap"],
];

/** True: sandboxes can start here. False: the reason and the way out were printed. */
export async function prepareMachine(): Promise<boolean> {
  const missing = NEEDED.filter(([program]) => !isOnPath(program)).map(([, debianPackage]) => debianPackage);
  if (missing.length > 0 && !(await installMissing(missing))) return false;
  const probe = await probeSandboxHost();
  if (probe.ok) return true;
  console.error(`\n✗ ${probe.message}\n  ${probe.fix.replaceAll("\n", "\n  ")}\n`);
  return false;
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => folder !== "" && existsSync(`${folder}/${program}`));
}

/** On Debian and Ubuntu, as root or with a sudo that asks nothing: a person is asked, a script is told. */
async function installMissing(missing: readonly string[]): Promise<boolean> {
  const line = `apt-get update && apt-get install -y ${missing.join(" ")}`;
  const prefix = rootPrefix();
  if (!isDebian() || prefix === undefined) {
    const command = isDebian() ? `sudo sh -c '${line}'` : `your system's packages: ${missing.join(", ")}`;
    console.error(
      `\n✗ Missing: ${missing.join(" and ")}. Install with:\n  ${command}\n  Or use real services: with E2B_API_KEY set, npm start runs sandboxes in E2B's cloud.\n`,
    );
    return false;
  }
  if (process.stdin.isTTY && process.stdout.isTTY) {
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await prompt.question(
      `Countersign needs ${missing.join(" and ")}. Install with apt-get now? [Y/n] `,
    );
    prompt.close();
    if (/^n/i.test(answer.trim())) {
      console.error(`✗ Not installed. To do it yourself: ${line}`);
      return false;
    }
  }
  console.log(`Installing ${missing.join(" and ")} with apt-get…`);
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", ...missing],
  ]) {
    const [command = "apt-get", ...rest] = [...prefix, "apt-get", ...args];
    const run = spawnSync(command, rest, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (run.status !== 0) {
      console.error(`✗ apt-get ${args[0]} failed. To do it yourself: ${line}`);
      return false;
    }
  }
  return true;
}

function isDebian(): boolean {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(release) && isOnPath("apt-get");
}

/** What stands before apt-get to run it as root, or undefined where that would ask for a password. */
function rootPrefix(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  const sudo = spawnSync("sudo", ["-n", "true"], { stdio: "ignore", timeout: 3000 });
  return sudo.status === 0 ? ["sudo", "-n"] : undefined;
}
