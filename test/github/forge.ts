// A sandbox's repository in the hands of an attacker: any object, any bundle.
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { splitNul } from "../../src/github/facts.ts";
import { parseTree } from "../../src/github/tree-bytes.ts";
import type { BasePack } from "../../src/ports.ts";
import { idOf, packOf, packed, treeEntry, type Kind, type Packed } from "./packs.ts";

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

export type ForgedFile = string | Buffer | null | { readonly mode: string; readonly content: string };

interface Leaf {
  readonly mode: string;
  readonly id: string;
}

/** Objects are made in memory; only the base lies in a repository that git knows. */
export class Forge {
  readonly dir: string;
  readonly base: BasePack;
  readonly objects = new Map<string, { readonly kind: Kind; readonly content: Buffer }>();
  /** Files of the base; names by byte, as Latin 1. */
  private readonly leaves = new Map<string, Leaf>();
  private root: Buffer = Buffer.alloc(0);

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
    forge.root = await forge.git(["cat-file", "tree", base.tree]);
    for (const line of splitNul(await forge.git(["ls-tree", "-r", "-z", base.tree]))) {
      const tab = line.indexOf(9);
      const [mode = "", , id = ""] = line.toString("latin1", 0, tab).split(" ");
      forge.leaves.set(line.toString("latin1", tab + 1), { mode, id });
    }
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

  private keep(kind: Kind, content: Buffer): string {
    const id = idOf(kind, content);
    this.objects.set(id, { kind, content });
    return id;
  }

  blob(content: string | Uint8Array): string {
    return this.keep("blob", Buffer.from(content));
  }

  /** Entries in any number, mode and name, sorted as git wants them. */
  tree(entries: readonly ForgedEntry[]): string {
    const key = ({ mode, name }: ForgedEntry): Buffer =>
      Buffer.concat([Buffer.from(name), Buffer.from(/^0?40000$/.test(mode) ? "/" : "\0")]);
    const sorted = [...entries].sort((a, b) => Buffer.compare(key(a), key(b)));
    return this.keep("tree", Buffer.concat(sorted.map(({ mode, name, id }) => treeEntry(mode, name, id))));
  }

  /** The base's root with entries added, or put in place of those with the same name. */
  rootWith(...added: readonly ForgedEntry[]): string {
    const names = new Set(added.map((entry) => Buffer.from(entry.name).toString("latin1")));
    const kept = parseTree(this.root)!.filter((entry) => !names.has(entry.name.toString("latin1")));
    return this.tree([...kept, ...added]);
  }

  commit(tree: string, parents: readonly string[] = [this.base.commit], message = "work"): string {
    const person = "Agent <agent@example.com> 1700000000 +0000";
    const lines = [
      `tree ${tree}`,
      ...parents.map((parent) => `parent ${parent}`),
      `author ${person}`,
      `committer ${person}`,
    ];
    return this.keep("commit", Buffer.from(`${lines.join("\n")}\n\n${message}\n`));
  }

  packedObjects(ids: readonly string[]): readonly Packed[] {
    return ids.flatMap((id) => {
      const object = this.objects.get(id);
      return object === undefined ? [] : [packed(object.kind, object.content)];
    });
  }

  pack(ids: readonly string[]): Buffer {
    return packOf(this.packedObjects(ids));
  }

  treeOf(commit: string): string {
    return this.objects.get(commit)!.content.toString("latin1", 5, 45);
  }

  /** What was made here and is reached from an object; the rest must lie in the base. */
  reach(id: string, seen = new Set<string>()): readonly string[] {
    const object = this.objects.get(id);
    if (object === undefined || seen.has(id)) return [...seen];
    seen.add(id);
    if (object.kind === "tree") for (const entry of parseTree(object.content) ?? []) this.reach(entry.id, seen);
    if (object.kind === "commit") {
      for (const [, next = ""] of object.content.toString("latin1").matchAll(/^(?:tree|parent) ([0-9a-f]{40})$/gm)) {
        this.reach(next, seen);
      }
    }
    return [...seen];
  }

  async bundle(forged: ForgedBundle): Promise<Buffer> {
    const { commit, signature = "# v2 git bundle", capabilities = [] } = forged;
    const prerequisites = forged.prerequisites ?? [`-${this.base.commit} base`];
    const refs = forged.refs ?? [`${commit} refs/heads/result`];
    const header = [signature, ...capabilities, ...prerequisites, ...refs, "", ""].join("\n");
    return Buffer.concat([Buffer.from(header), forged.pack ?? this.pack(this.reach(commit))]);
  }

  /** A bundle of one commit whose root is the base's with these entries. */
  async bundleWith(...added: readonly ForgedEntry[]): Promise<Buffer> {
    return this.bundle({ commit: this.commit(this.rootWith(...added)) });
  }

  /** The tree an honest sandbox would have after these edits; `null` deletes. */
  edit(files: Readonly<Record<string, ForgedFile>>): string {
    const leaves = new Map(this.leaves);
    for (const [path, file] of Object.entries(files)) {
      const name = Buffer.from(path).toString("latin1");
      if (file === null) leaves.delete(name);
      else if (typeof file === "string" || Buffer.isBuffer(file))
        leaves.set(name, { mode: "100644", id: this.blob(file) });
      else leaves.set(name, { mode: file.mode, id: this.blob(file.content) });
    }
    return this.folder(leaves);
  }

  private folder(leaves: ReadonlyMap<string, Leaf>): string {
    const entries: ForgedEntry[] = [];
    const below = new Map<string, Map<string, Leaf>>();
    for (const [path, leaf] of leaves) {
      const slash = path.indexOf("/");
      if (slash < 0) entries.push({ ...leaf, name: Buffer.from(path, "latin1") });
      else {
        const name = path.slice(0, slash);
        below.set(name, (below.get(name) ?? new Map()).set(path.slice(slash + 1), leaf));
      }
    }
    for (const [name, inner] of below) {
      entries.push({ mode: "40000", name: Buffer.from(name, "latin1"), id: this.folder(inner) });
    }
    return this.tree(entries);
  }

  async bundleOf(files: Readonly<Record<string, ForgedFile>>): Promise<Buffer> {
    return this.bundle({ commit: this.commit(this.edit(files)) });
  }
}

function gitEnv(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
}
