// npm run demo [-- --once | --reset | --repo PATH]: the whole product on this machine, opened on one page.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { eraseStack } from "./local-services.ts";
import { prepareMachine } from "./preflight.ts";
import { stopRunning } from "./running.ts";
import { describeRepository, openStage, type Stage } from "./stage.ts";
import { playLinearStory } from "./story-linear.ts";
import { playStory } from "./story.ts";
import { COMMAND } from "./seed.ts";

const { values } = parseArgs({
  options: {
    once: { type: "boolean" },
    reset: { type: "boolean" },
    repo: { type: "string" },
    dir: { type: "string", default: ".local" },
  },
});

if (!(await prepareMachine())) process.exit(1);
if (values.once === true) await once();
else await stayOpen();

/** Plays the story on fresh services of its own, so that nothing depends on what ran before. */
async function once(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "countersign-once-"));
  let stage: Stage | undefined;
  try {
    stage = await openStage({
      dir,
      policyDir: resolve("manifests/demo/policy"),
      ports: { slack: 0, github: 0, e2b: 0, linear: 0, bot: 0, admin: 0 },
      onProgress: (says) => console.log(`… ${says}`),
    });
    const say = (line: string): void => console.log(line);
    const ends = [await playStory(stage, "acme/website", say)];
    say("");
    ends.push(await playLinearStory(stage, "acme/website", say));
    for (const end of ends) console.log(JSON.stringify(end));
  } catch (cause) {
    console.error(`✗ ${cause instanceof Error ? cause.message : String(cause)}`);
    process.exitCode = 1;
  } finally {
    await stage?.close();
    eraseStack(dir);
  }
  process.exit();
}

async function stayOpen(): Promise<void> {
  const dir = resolve(values.dir);
  await stopRunning(dir);
  if (values.reset === true) eraseStack(dir);
  const own = values.repo === undefined ? undefined : ownRepository(values.repo, dir);
  const stage = await openStage({
    dir,
    policyDir: own?.policyDir ?? resolve("manifests/demo/policy"),
    guide: true,
    ...(own === undefined ? {} : { env: own.env, bindReadOnly: own.bindReadOnly }),
    onProgress: (says) => console.log(`… ${says}`),
  });
  if (own !== undefined)
    await stage.github.addRepository({ owner: "local", name: own.name, from: own.path, defaultBranch: own.branch });
  writeFileSync(join(dir, "running.pid"), String(process.pid), { mode: 0o600 });
  console.log(`\nCountersign's demo is open:\n\n  ${stage.slack.pageUrl}\n\n  Type there: ${COMMAND}`);
  console.log(`  Or hand an issue over: ${stage.linear.pageUrl}`);
  console.log(
    `  Runs:       http://127.0.0.1:${stage.bot?.adminPort}/runs\n  Pull requests: ${stage.github.pageUrl}\n`,
  );
  if (own !== undefined) console.log(`  ${own.says}\n`);
  console.log(
    "Ctrl-C stops everything; what happened is kept for the next start (npm run demo -- --reset forgets it).",
  );
  openBrowser(stage.slack.pageUrl);
  await new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
  });
  console.log("\nstopping…");
  rmSync(join(dir, "running.pid"), { force: true });
  await stage.close();
  process.exit(0);
}

interface OwnRepository {
  readonly name: string;
  readonly path: string;
  readonly branch: string;
  readonly policyDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly bindReadOnly: Readonly<Record<string, string>>;
  readonly says: string;
}

/** Serves a bare clone of any repository; a real agent when its program and key are here, else the demo agent, said aloud. */
function ownRepository(path: string, dir: string): OwnRepository {
  const { name, hasTests } = describeRepository(path);
  const branch = git(path, ["rev-parse", "--abbrev-ref", "HEAD"]);
  if (branch === undefined || branch === "HEAD") {
    console.error(`✗ ${path} is not a git repository with a branch checked out.`);
    process.exit(1);
  }
  const claude = findClaude();
  const key = process.env["ANTHROPIC_API_KEY"];
  const real = claude !== undefined && key !== undefined && key !== "";
  const agent = real ? { use: "claude-code" } : { use: "command", command: ["demo-agent"] };
  const policyDir = writePolicy(join(dir, "policy"), { name, branch, hasTests, agent });
  return {
    name,
    path: resolve(path),
    branch,
    policyDir,
    env: real ? { ANTHROPIC_API_KEY: key, CLAUDE_PATH: claude.inside } : {},
    bindReadOnly: real ? { [claude.folder]: claude.mount } : {},
    says: real
      ? `Agent: Claude Code on local/${name}. In the sandbox: ANTHROPIC_API_KEY.`
      : `Agent: the demo agent on local/${name} (a scripted stand-in). For a real one: install claude and set ANTHROPIC_API_KEY.`,
  };
}

function findClaude(): { readonly folder: string; readonly mount: string; readonly inside: string } | undefined {
  const found = spawnSync("sh", ["-c", 'readlink -f "$(command -v claude)"'], { encoding: "utf8" });
  const file = found.stdout.trim();
  if (found.status !== 0 || file === "") return undefined;
  const mount = "/opt/claude";
  return { folder: dirname(file), mount, inside: `${mount}/${file.split("/").at(-1) ?? "claude"}` };
}

function git(path: string, args: readonly string[]): string | undefined {
  const run = spawnSync("git", ["-C", path, ...args], { encoding: "utf8" });
  return run.status === 0 ? run.stdout.trim() : undefined;
}

function writePolicy(
  folder: string,
  own: { readonly name: string; readonly branch: string; readonly hasTests: boolean; readonly agent: object },
): string {
  const org = { admins: { slackUsergroups: ["S0PLATFORM"], channel: "C0PLATFORM" } };
  const team = {
    team: "marketing",
    members: { slackUsergroups: ["S0MKT"] },
    channels: { requests: ["C0MKT"] },
    may: ["change"],
    repositories: [
      {
        repo: `local/${own.name}`,
        base: own.branch,
        paths: { write: ["**"] },
        ...(own.hasTests ? { checks: { test: { run: "npm test", required: true } } } : {}),
      },
      { repo: "acme/website", paths: { write: ["content/**", "public/**", "src/**"] } },
    ],
    owners: { slackUsergroups: ["S0WEBOWNERS"] },
    agent: own.agent,
  };
  mkdirSync(join(folder, "teams"), { recursive: true });
  writeFileSync(join(folder, "org.yaml"), stringify(org));
  writeFileSync(join(folder, "teams", "marketing.yaml"), stringify(team));
  return folder;
}

/** Where a desktop is; elsewhere the printed link is enough. */
function openBrowser(url: string): void {
  if (process.env["DISPLAY"] === undefined && process.env["WAYLAND_DISPLAY"] === undefined) return;
  const child = spawn("xdg-open", [url], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
