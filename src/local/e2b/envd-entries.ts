// The filesystem service: what is there, folders made, entries moved and removed.
import type { Stats } from "node:fs";
import { lstat, mkdir, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { numberOf, textOf, type Fields } from "./envd-fields.ts";
import type { MetadataStore } from "./envd-metadata.ts";
import { errorCode, RpcProblem } from "./envd-problem.ts";
import { resolvePath, type User } from "./envd-user.ts";

const MAX_ENTRIES = 100_000;

export function createEntries(metadata: MetadataStore) {
  const describe = (path: string): Promise<object> => describeEntry(path, metadata);
  return {
    stat: async (body: Fields, user: User) => ({ entry: await describe(pathOf(body, "path", user)) }),
    makeDir: async (body: Fields, user: User) => {
      const path = pathOf(body, "path", user);
      const there = await stat(path).catch(() => undefined);
      if (there?.isDirectory()) throw new RpcProblem("already_exists", `directory already exists: ${path}`);
      if (there !== undefined)
        throw new RpcProblem("invalid_argument", `path already exists but it is not a directory: ${path}`);
      await mkdir(path, { recursive: true, mode: 0o755 });
      return { entry: await describe(path) };
    },
    move: async (body: Fields, user: User) => {
      const source = pathOf(body, "source", user);
      const destination = pathOf(body, "destination", user);
      await mkdir(dirname(destination), { recursive: true });
      await rename(source, destination).catch((cause: unknown) => {
        if (errorCode(cause) !== "ENOENT") throw cause;
        throw new RpcProblem("not_found", `source file not found: ${source}`);
      });
      metadata.move(source, destination);
      return { entry: await describe(destination) };
    },
    listDir: async (body: Fields, user: User) => {
      const asked = pathOf(body, "path", user);
      const real = await realpath(asked).catch((cause: unknown) => {
        throw new RpcProblem(
          errorCode(cause) === "ELOOP" ? "failed_precondition" : "not_found",
          `path not found: ${asked}`,
        );
      });
      if (!(await stat(real)).isDirectory())
        throw new RpcProblem("invalid_argument", `path is not a directory: ${real}`);
      const entries: object[] = [];
      const depth = Math.max(1, numberOf(body, "depth") ?? 1);
      for await (const path of walk(real, depth)) {
        if (entries.length >= MAX_ENTRIES)
          throw new RpcProblem("resource_exhausted", `more than ${MAX_ENTRIES} entries under ${asked}`);
        const entry = await describe(path).catch(() => undefined);
        if (entry !== undefined) entries.push({ ...entry, path: join(asked, relative(real, path)) });
      }
      return { entries };
    },
    remove: async (body: Fields, user: User) => {
      const path = pathOf(body, "path", user);
      await rm(path, { recursive: true, force: true });
      metadata.set(path, undefined);
      return {};
    },
  };
}

function pathOf(body: Fields, key: string, user: User): string {
  return resolvePath(textOf(body, key) ?? "", user);
}

/** Depth first and sorted; never follows a link. */
async function* walk(folder: string, depth: number): AsyncGenerator<string> {
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    yield path;
    if (depth > 1 && entry.isDirectory()) yield* walk(path, depth - 1);
  }
}

async function describeEntry(path: string, metadata: MetadataStore): Promise<object> {
  const own = await lstat(path).catch((cause: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(cause))) throw new RpcProblem("not_found", `file not found: ${path}`);
    throw cause;
  });
  const target = own.isSymbolicLink() ? await realpath(path).catch(() => path) : undefined;
  const shown = target === undefined ? own : await stat(target).catch(() => undefined);
  const attached = metadata.get(path);
  return {
    name: basename(path),
    type: shown === undefined ? "FILE_TYPE_UNSPECIFIED" : typeOf(shown),
    path,
    size: String(own.size),
    mode: shown === undefined ? 0 : shown.mode & 0o777,
    permissions: renderPermissions(own),
    owner: renderOwner(own.uid),
    group: renderOwner(own.gid),
    modifiedTime: own.mtime.toISOString(),
    ...(target === undefined ? {} : { symlinkTarget: target }),
    ...(attached === undefined ? {} : { metadata: attached }),
  };
}

function typeOf(entry: Stats): string {
  if (entry.isFile()) return "FILE_TYPE_FILE";
  return entry.isDirectory() ? "FILE_TYPE_DIRECTORY" : "FILE_TYPE_UNSPECIFIED";
}

function renderPermissions(entry: Stats): string {
  const letters = [letterOf(entry)];
  for (let bit = 8; bit >= 0; bit -= 1) letters.push((entry.mode >> bit) & 1 ? ("xwr"[bit % 3] ?? "-") : "-");
  return letters.join("");
}

function letterOf(entry: Stats): string {
  if (entry.isDirectory()) return "d";
  if (entry.isSymbolicLink()) return "L";
  if (entry.isFIFO()) return "p";
  return entry.isSocket() ? "S" : "-";
}

function renderOwner(id: number): string {
  return id === 1000 ? "user" : String(id);
}
