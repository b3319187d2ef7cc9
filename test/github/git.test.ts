// The one spawner of git: what its children get, and what ends them.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HOSTILE_LIMITS, limited, walled } from "../../src/github/confine.ts";
import { createGit, type Confine, type Git, type GitJob } from "../../src/github/git.ts";
import { makeBare } from "../../src/github/objects.ts";
import { makeLog } from "./bench.ts";

let dir: string;
let repo: string;
let git: Git;
const hostile: Confine = { kind: "hostile", writable: false, readable: [] };
const log = makeLog();
const TOKEN = "ghs_token-of-this-test";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "countersign-git-"));
  repo = join(dir, "repo.git");
  await makeBare(repo);
  git = createGit({ gitUrl: "https://git.example.com", homeDir: join(dir, "home"), log });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs a shell as git would run an alias, to see what a child of git sees. */
function shell(script: string, confine: Confine, more: Partial<GitJob> = {}) {
  return git.run({ gitDir: repo, args: ["-c", `alias.see=!${script}`, "see"], confine, ...more });
}

describe("a child of git", () => {
  test("inherits nothing of the bot's environment", async () => {
    process.env["COUNTERSIGN_TEST_SECRET"] = "inherited";
    try {
      for (const confine of [hostile, { kind: "mirror" } as const]) {
        const { stdout } = await shell("env", confine);
        expect(stdout.toString()).toContain("GIT_CONFIG_NOSYSTEM=1");
        expect(stdout.toString()).not.toContain("inherited");
        const names = stdout
          .toString()
          .split("\n")
          .map((line) => line.split("=")[0] ?? "");
        expect(names.filter((name) => /^(SECRET|GITHUB|AWS|SLACK|NODE|npm)/i.test(name))).toEqual([]);
      }
    } finally {
      delete process.env["COUNTERSIGN_TEST_SECRET"];
    }
  });

  test("gets a token by environment alone, and only where it talks to the code host", async () => {
    const seen = await shell("env", { kind: "network", token: TOKEN });
    const basic = Buffer.from(`x-access-token:${TOKEN}`).toString("base64");
    expect(seen.stdout.toString()).toContain(basic);
    expect(seen.stdout.toString()).toContain("=http.https://git.example.com/.extraHeader");
    expect((await shell("env", hostile)).stdout.toString()).not.toContain(basic);
    const { stdout } = await shell("tr '\\\\0' ' ' < /proc/$PPID/cmdline", { kind: "network", token: TOKEN });
    expect(stdout.toString()).not.toContain(TOKEN);
    expect(stdout.toString()).not.toContain(basic);
  });

  test.each([
    "file:///tmp",
    "ext::sh -c true",
    "ssh://git.example.com/x",
    "git://git.example.com/x",
    "http://git.example.com/x",
  ])("may not fetch from %s", async (url) => {
    const done = await git.run({ gitDir: repo, args: ["fetch", url], confine: { kind: "network", token: TOKEN } });
    expect(done.stderr).toMatch(/not allowed/);
    expect(done.code).not.toBe(0);
  });

  test("on a result sees neither network nor the rest of the host, and cannot write", async (context) => {
    await writeFile(join(dir, "host-secret"), "a secret of the host");
    const walls = await git.run({ gitDir: repo, args: ["--version"], confine: hostile });
    expect(walls.code).toBe(0);
    if (log.lines.some((line) => line.says.includes("bubblewrap"))) context.skip("bubblewrap does not work here");
    const { stdout } = await shell(
      `echo ran; cat ${join(dir, "host-secret")} /etc/passwd; cat /proc/net/dev; touch ${repo}/x && echo written`,
      hostile,
    );
    expect(stdout.toString()).toContain("ran");
    expect(stdout.toString()).not.toContain("eth0");
    expect(stdout.toString()).not.toContain("a secret of the host");
    expect(stdout.toString()).not.toContain("root:");
    expect(stdout.toString()).not.toContain("written");
  });

  test.each<[string, string, Partial<GitJob>, string]>([
    ["takes too long", "sleep 30", { limits: { wallMs: 300 } }, "timed-out"],
    ["says too much", "yes", { limits: { outputBytes: 10_000 } }, "too-much-output"],
    ["has said enough", "yes", { onChunk: () => "stop" }, "stopped"],
  ])("ends when it %s", async (_says, script, more, ended) => {
    expect((await shell(script, { kind: "mirror" }, more)).ended).toBe(ended);
  });

  test("cannot write files beyond its bound", async () => {
    const done = await shell(
      `head -c 3000000 /dev/zero > ${repo}/big`,
      { kind: "mirror" },
      { limits: { fileBytes: 1_000_000 } },
    );
    expect(done.code).not.toBe(0);
  });
});

describe("the code host's address", () => {
  const open = (gitUrl: string) => () => createGit({ gitUrl, homeDir: join(dir, "h"), log: makeLog() });

  test.each(["https://github.com", "http://127.0.0.1:3456", "http://localhost:1", "http://[::1]:9"])(
    "may be %s",
    (url) => {
      expect(open(url)).not.toThrow();
    },
  );
  test.each([
    "http://git.example.com",
    "http://127.0.0.1.example.com",
    "ssh://git@github.com",
    "file:///srv/git",
    "https://user:pass@github.com",
  ])("may not be %s", (url) => {
    expect(open(url)).toThrow(/https only|credential/);
  });
});

describe("the command line", () => {
  test("sets limits through the shell where prlimit is missing", async () => {
    const argv = limited(["git", "--version"], HOSTILE_LIMITS, { prlimit: false, bwrap: false });
    expect(argv.slice(0, 2)).toEqual(["sh", "-c"]);
    expect(argv.slice(-2)).toEqual(["git", "--version"]);
    expect(argv[2]).toContain(`ulimit -v ${2 * 1024 * 1024}`);
    expect(argv[2]).toContain("ulimit -t 60");
  });

  test("walls a result in with read-only views of what it may see", () => {
    const argv = walled(["git", "log"], { dir: "/q/1", writable: false, readable: ["/bases/1"] });
    expect(argv.join(" ")).toContain("--unshare-all");
    expect(argv.join(" ")).toContain("--ro-bind /bases/1 /bases/1 --ro-bind /q/1 /q/1");
    expect(walled(["git"], { dir: "/q/1", writable: true, readable: [] }).join(" ")).toContain("--bind /q/1 /q/1");
  });
});
