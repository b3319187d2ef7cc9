// What every sandbox shares read-only: node, envd's code, the small /etc, the commands in front of PATH. Built once for
// given inputs under a name made of them, since sandboxes that outlive this process keep using it.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmod,
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { constants } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeEtc } from "./runtime-etc.ts";
import { CLEAN_ENV } from "./host-user.ts";

const run = promisify(execFile);
const HERE = dirname(fileURLToPath(import.meta.url));
const BUILDERS = ["runtime.ts", "runtime-etc.ts", "strip-types.ts"];
/** Where the runtime appears inside. */
export const INSIDE = "/opt/e2b";

export interface Runtime {
  readonly key: string;
  readonly folder: string;
}

export interface NpmPlace {
  /** The npm package folder on the host. */
  readonly folder: string;
  /** Where it is inside a sandbox. */
  readonly inside: string;
}

export async function prepareRuntime(runtimesFolder: string, npm: NpmPlace | undefined): Promise<Runtime> {
  const sources = (await readdir(HERE)).filter((name) => /^envd[\w-]*\.ts$/.test(name)).sort();
  const key = await nameInputs(sources, npm);
  const folder = join(runtimesFolder, key);
  if (await isThere(join(folder, "etc"))) return { key, folder };
  const building = `${folder}.${process.pid}`;
  await rm(building, { recursive: true, force: true });
  for (const part of ["node/bin", "envd", "bin", "etc", "npm"]) await mkdir(join(building, part), { recursive: true });
  await Promise.all([
    stripTypes(sources, join(building, "envd")),
    writeCommands(join(building, "bin"), npm),
    writeEtc(join(building, "etc")),
  ]);
  // The umask of whoever started us must not decide whether the sandbox's user can read this.
  await run("chmod", ["-R", "a+rX,go-w", building], { env: CLEAN_ENV });
  // After that: a link shares its mode with the file it was made from.
  await placeNode(building);
  await rename(building, folder).catch(async (cause: unknown) => {
    if (!(await isThere(join(folder, "etc")))) throw cause;
    await rm(building, { recursive: true, force: true });
  });
  return { key, folder };
}

/** Runtimes no sandbox uses any more. */
export async function removeOldRuntimes(runtimesFolder: string, inUse: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(runtimesFolder))
    if (!inUse.has(name)) await rm(join(runtimesFolder, name), { recursive: true, force: true });
}

async function nameInputs(sources: readonly string[], npm: NpmPlace | undefined): Promise<string> {
  const hash = createHash("sha256");
  for (const name of [...sources, ...BUILDERS]) hash.update(name).update(await readFile(join(HERE, name)));
  for (const path of [process.execPath, "/etc/ssl/certs/ca-certificates.crt", "/etc/ld.so.cache"]) {
    const found = await stat(path).catch(() => undefined);
    hash.update(`${path} ${found?.size} ${found?.mtimeMs}\n`);
  }
  return hash
    .update(JSON.stringify(npm ?? null))
    .digest("hex")
    .slice(0, 16);
}

/** envd's own copy can be executed but not read: such a process cannot be traced or looked into by what runs beside it. */
async function placeNode(building: string): Promise<void> {
  const source = await realpath(process.execPath);
  await copyFile(source, join(building, "envd/node"), constants.COPYFILE_FICLONE);
  await chmod(join(building, "envd/node"), 0o111);
  const shared = join(building, "node/bin/node");
  if (((await stat(source)).mode & 0o005) === 0o005 && (await tryLink(source, shared))) return;
  await copyFile(source, shared, constants.COPYFILE_FICLONE);
  await chmod(shared, 0o555);
}

function tryLink(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    () => false,
  );
}

/** Once here instead of at each start inside, where it would double the time. */
async function stripTypes(sources: readonly string[], into: string): Promise<void> {
  const script = join(HERE, "strip-types.ts");
  const paths = sources.map((name) => join(HERE, name));
  await run(process.execPath, ["--disable-warning=ExperimentalWarning", script, into, ...paths], { env: CLEAN_ENV });
  await writeFile(join(into, "package.json"), '{"type":"module"}\n');
}

async function writeCommands(folder: string, npm: NpmPlace | undefined): Promise<void> {
  const script = (name: string, text: string): Promise<void> =>
    writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  // There is no other user to become: the name is kept so that scripts which call it go on.
  await script(
    "sudo",
    `while :; do case "\${1-}" in -*) shift ;; *) break ;; esac; done\nexec env HOME=/root USER=root "$@"`,
  );
  if (npm === undefined) return;
  await script("npm", `exec ${INSIDE}/node/bin/node ${npm.inside}/bin/npm-cli.js "$@"`);
  await script("npx", `exec ${INSIDE}/node/bin/node ${npm.inside}/bin/npx-cli.js "$@"`);
}

/** The npm beside our node, or the one we were started by, or the system's. */
export async function findNpm(): Promise<NpmPlace | undefined> {
  const beside = join(dirname(dirname(await realpath(process.execPath))), "lib/node_modules/npm");
  const startedBy = process.env["npm_execpath"];
  const candidates = [
    beside,
    ...(startedBy === undefined ? [] : [dirname(dirname(startedBy))]),
    "/usr/lib/node_modules/npm",
    "/usr/local/lib/node_modules/npm",
    "/usr/share/nodejs/npm",
  ];
  for (const folder of candidates) {
    if (!(await isThere(join(folder, "bin/npm-cli.js")))) continue;
    const real = await realpath(folder);
    return { folder: real, inside: real.startsWith("/usr/") ? real : `${INSIDE}/npm` };
  }
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
