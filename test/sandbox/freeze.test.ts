import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BasePack, SandboxSession } from "../../src/ports.ts";
import { makeRepository, openBench, openSession, reasonToSkip, type Bench, type HostRepository } from "./bench.ts";

const skip = await reasonToSkip();
const LIMITS = { timeMs: 20_000 };

/** Everything but what an agent changed is as it was in the base. */
const FILES = {
  "README.md": "hello\n",
  "windows.bat": "echo one\necho two\n",
  ".gitattributes": "*.bat text eol=crlf\n*.txt filter=evil ident\n",
  ".gitignore": "ignored/\n*.log\n",
  "kept.log": "tracked though ignored\n",
  "id.txt": "$Id$\n",
};

describe.skipIf(skip !== undefined)("freezing what an agent left", () => {
  let bench: Bench;
  let repository: HostRepository;
  let base: BasePack;
  let session: SandboxSession;

  beforeAll(async () => {
    bench = await openBench();
    repository = makeRepository(bench.folder, {});
    repository.write(FILES);
    repository.git("add", "-f", "-A");
    repository.git("update-index", "--add", "--cacheinfo", `160000,${repository.git("rev-parse", "HEAD")},submodule`);
    repository.git("commit", "-qm", "files");
    base = repository.pack(repository.git("rev-parse", "HEAD"), 1);
    session = await openSession(bench.sandboxes);
  });
  afterAll(async () => bench.close());

  /** Lays the base anew, lets a script work there, and freezes. */
  async function freezeAfter(script: string, maxBytes = 2_000_000) {
    await session.run("rm -rf /home/user/.countersign/base", LIMITS).catch(() => undefined);
    await session.layBase(base);
    const done = await session.run(script, LIMITS);
    expect(done).toMatchObject({ timedOut: false });
    return session.freeze(base, maxBytes);
  }

  async function changeAfter(script: string): Promise<ReadonlyMap<string, string>> {
    const frozen = await freezeAfter(script);
    if (!frozen.ok) throw new Error(frozen.problem.detail);
    if (frozen.value === undefined) return new Map();
    const { tree, parents } = repository.take(frozen.value);
    expect(parents).toBe(base.commit);
    const raw = repository.git("diff-tree", "-r", "--no-renames", base.tree, tree);
    return new Map(
      raw.split("\n").map((line) => {
        const [meta = "", path = ""] = line.split("\t");
        const [, mode = "", , , status = ""] = meta.split(" ");
        return [path, `${status} ${mode}`];
      }),
    );
  }

  it("finds no change where attributes would have converted line ends, keywords and filters", async () => {
    expect(await changeAfter("cat -A windows.bat; touch README.md; git status --porcelain >/tmp/status")).toEqual(
      new Map(),
    );
    expect((await session.run("cat /tmp/status; cat -A windows.bat", LIMITS)).output).toBe("echo one$\necho two$\n");
  });

  it("takes the work tree, not what the agent's repository says of it", async () => {
    const script = `echo changed >>README.md
git update-index --assume-unchanged README.md
echo x >new.md; git add new.md; rm new.md
git config core.worktree /tmp; git config core.fsmonitor /bin/false; git config filter.evil.clean 'sed s/x/y/'
echo 'README.md' >.git/info/exclude
rm -rf .git/objects`;
    expect(await changeAfter(script)).toEqual(new Map([["README.md", "M 100644"]]));
  });

  it("runs no hook and no program the agent left in its configuration", async () => {
    const script = `for hook in pre-commit post-checkout reference-transaction post-index-change; do
printf '#!/bin/sh\\ntouch /tmp/hook-ran\\n' >.git/hooks-$hook; mkdir -p .git/hooks; cp .git/hooks-$hook .git/hooks/$hook; chmod +x .git/hooks/$hook; done
git config core.fsmonitor 'touch /tmp/fsmonitor-ran'; git config core.hooksPath .git/hooks
printf '[core]\\n fsmonitor = touch /tmp/home-config-ran\\n[filter "evil"]\\n clean = touch /tmp/filter-ran; cat\\n' >~/.gitconfig
echo 'echo read >>/tmp/profile-read' >~/.bash_profile
rm -f /tmp/*-ran
echo changed >>id.txt`;
    expect(await changeAfter(script)).toEqual(new Map([["id.txt", "M 100644"]]));
    const looked = await session.run(
      "rm -f ~/.bash_profile ~/.gitconfig; ls /tmp | grep -c -e -ran; cat /tmp/profile-read",
      LIMITS,
    );
    // Read once, by the command that looks: freezing itself starts from no profile.
    expect(looked.output).toBe("0\nread\n");
  });

  it("keeps ignored files out and tracked ones in, ignored or not", async () => {
    const script = "mkdir ignored; echo x >ignored/a; echo x >b.log; echo more >>kept.log; rm README.md";
    expect(await changeAfter(script)).toEqual(
      new Map([
        ["README.md", "D 000000"],
        ["kept.log", "M 100644"],
      ]),
    );
  });

  it("takes modes, links and odd names as they are, and passes over what git cannot hold", async () => {
    const script = `chmod +x windows.bat; ln -s ../../etc/passwd link; mkfifo pipe; mkdir empty
printf x >'two words'; printf x >$'new\\nline'; printf x >$'quote"'; printf x >unreadable; chmod 000 unreadable; mkdir shut; printf x >shut/in; chmod 000 shut`;
    const changed = await changeAfter(script);
    expect(changed.get("windows.bat")).toBe("M 100755");
    expect(changed.get("link")).toBe("A 120000");
    expect(changed.get("two words")).toBe("A 100644");
    expect(changed.get("unreadable")).toBe("A 100644");
    expect(changed.get("shut/in")).toBe("A 100644");
    expect([...changed.keys()].some((path) => path.includes("pipe") || path.includes("empty"))).toBe(false);
    expect(changed.size).toBe(7);
  });

  it("shows a repository inside the repository as what it is", async () => {
    const nested =
      "mkdir inner; cd inner; git init -q .; echo x >x; git add x; git -c user.name=a -c user.email=a@b commit -qm x";
    expect(await changeAfter(nested)).toEqual(new Map([["inner", "A 160000"]]));
    const unborn = await freezeAfter("git init -q unborn; echo x >unborn/x");
    expect(unborn).toMatchObject({ ok: false, problem: { kind: "failed", detail: expect.stringContaining("unborn") } });
  });

  it("does not read a sparse file of gigabytes to learn that it is too big", async () => {
    const frozen = await freezeAfter("truncate -s 3G sparse");
    expect(frozen).toMatchObject({ ok: false, problem: { kind: "too-big" } });
  });

  it("does not follow a repository folder that was moved away or made a link", async () => {
    const gone = await freezeAfter("mv /home/user/repo /home/user/elsewhere");
    expect(gone).toMatchObject({ ok: false, problem: { kind: "failed", detail: "the repository folder is gone" } });
    await session.run("true", LIMITS).catch(() => undefined);
    const linked = await freezeAfter("mv /home/user/repo /home/user/aside; ln -s / /home/user/repo");
    expect(linked).toMatchObject({ ok: false, problem: { kind: "failed", detail: "the repository folder is gone" } });
  });
});
