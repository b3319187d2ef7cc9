// A sandbox's repository in the hands of an attacker: any object, any bundle.
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseTree } from "../../src/github/tree-bytes.ts";
import type { BasePack } from "../../src/ports.ts";

export interface ForgedEntry {
  readonly mode: string;
  readonly name: string | Buffer;
  readonly id: string;
}

export interface ForgedBundle {
  readonly commit: string;
  readonly signature?: string;
  readonly capabilities?: readonly string[];
  readonly prerequisites?: readonly string[];
  readonly refs?: readonly string[];
  readonly pack?: Uint8Array;
}

export class Forge {
  readonly dir: string;
  readonly base: BasePack;

  constructor(dir: string, base: BasePack) {
    this.dir = dir;
    this.base = base;
  }

  static async open(dir: string, base: BasePack): Promise<Forge> {
    const forge = new Forge(dir, base);
    await mkdir(dir, { recursive: true });
    await forge.git(["init", "-q", "-b", "work", dir]);
    await forge.git(["index-pack", "--stdin"], base.pack);
    if (base.shallow.length > 0) await writeFile(join(dir, ".git", "shallow"), `${base.shallow.join("\n")}\n`);
    await forge.git(["update-ref", "refs/heads/work", base.commit]);
    await forge.git(["reset", "-q", "--hard"]);
    return forge;
  }

  git(args: readonly string[], input: string | Uint8Array = ""): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const child = spawn("git", args, { cwd: this.dir, env: gitEnv(this.dir) });
      const out: Buffer[] = [];
      let errors = "";
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      child.stdin.on("error", () => {});
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve(Buffer.concat(out));
        else reject(new Error(`git ${args.join(" ")}: ${errors}`));
      });
      child.stdin.end(input);
    });
  }

  async text(args: readonly string[], input: string | Uint8Array = ""): Promise<string> {
    return (await this.git(args, input)).toString("utf8").trim();
  }

  blob(content: string | Uint8Array): Promise<string> {
    return this.text(["hash-object", "-w", "--stdin"], content);
  }

  /** Entries in any number, mode and name; sorted as git wants them unless told otherwise. */
  tree(entries: readonly ForgedEntry[]): Promise<string> {
    const key = ({ mode, name }: ForgedEntry): Buffer =>
      Buffer.concat([Buffer.from(name), Buffer.from(/^0?40000$/.test(mode) ? "/" : "\0")]);
    const bytes = [...entries]
      .sort((a, b) => Buffer.compare(key(a), key(b)))
      .map(({ mode, name, id }) =>
        Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, "hex")]),
      );
    return this.text(["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], Buffer.concat(bytes));
  }

  /** The base's root with entries added, or put in place of those with the same name. */
  async rootWith(...added: readonly ForgedEntry[]): Promise<string> {
    const raw = parseTree(await this.git(["cat-file", "tree", this.base.tree]))!;
    const names = new Set(added.map((entry) => Buffer.from(entry.name).toString("latin1")));
    const kept = raw.filter((entry) => !names.has(entry.name.toString("latin1")));
    return this.tree([...kept.map(({ mode, name, id }) => ({ mode, name, id })), ...added]);
  }

  commit(tree: string, parents: readonly string[] = [this.base.commit], message = "work"): Promise<string> {
    return this.text(["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])], message);
  }

  async bundle(forged: ForgedBundle): Promise<Buffer> {
    const { commit, signature = "# v2 git bundle", capabilities = [] } = forged;
    const prerequisites = forged.prerequisites ?? [`-${this.base.commit} base`];
    const refs = forged.refs ?? [`${commit} refs/heads/result`];
    const revs = `${commit}\n^${this.base.commit}\n`;
    const pack = forged.pack ?? (await this.git(["pack-objects", "--revs", "--thin", "--stdout", "-q"], revs));
    const header = [signature, ...capabilities, ...prerequisites, ...refs, "", ""].join("\n");
    return Buffer.concat([Buffer.from(header), pack]);
  }

  /** A bundle of one commit whose root is the base's with these entries. */
  async bundleWith(...added: readonly ForgedEntry[]): Promise<Buffer> {
    return this.bundle({ commit: await this.commit(await this.rootWith(...added)) });
  }

  /** What an honest sandbox hands out after these edits; `null` deletes. */
  async bundleOf(
    files: Readonly<Record<string, string | Buffer | null>>,
    executable: readonly string[] = [],
  ): Promise<Buffer> {
    await this.git(["read-tree", this.base.tree]);
    for (const [path, content] of Object.entries(files)) {
      if (content === null) await this.git(["update-index", "--force-remove", path]);
      else {
        const mode = executable.includes(path) ? "100755" : "100644";
        await this.git([
          "update-index",
          "--add",
          "--replace",
          "--cacheinfo",
          `${mode},${await this.blob(content)},${path}`,
        ]);
      }
    }
    return this.bundle({ commit: await this.commit(await this.text(["write-tree"])) });
  }
}

function gitEnv(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "Agent",
    GIT_AUTHOR_EMAIL: "agent@example.com",
    GIT_COMMITTER_NAME: "Agent",
    GIT_COMMITTER_EMAIL: "agent@example.com",
  };
}
