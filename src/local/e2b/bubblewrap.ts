// The command line of one sandbox: what is in it, what is not, and how much one process in it may take.
import { lstatSync, readlinkSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { INSIDE } from "./runtime.ts";

export interface Layout {
  /** The sandbox's own folder on the host. */
  readonly folder: string;
  readonly runtimeFolder: string;
  /** Host folder -> folder inside. */
  readonly bindReadOnly: Readonly<Record<string, string>>;
}

const MIB = 1024 * 1024;
const SHARED_MEMORY_BYTES = 256 * MIB;
const ENVD_HEAP_MIB = 256;

/** Namespaces and privileges alone: also what the probe tries. */
export const SEALED: readonly string[] = [
  ["--unshare-user", "--uid", "1000", "--gid", "1000", "--disable-userns"],
  ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"],
  ["--hostname", "sandbox", "--new-session", "--cap-drop", "ALL", "--clearenv"],
].flat();

export function systemBinds(): readonly string[] {
  const args = ["--ro-bind", "/usr", "/usr"];
  for (const name of ["bin", "sbin", "lib", "lib32", "lib64"]) {
    const found = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (found.isSymbolicLink()) args.push("--symlink", readlinkSync(`/${name}`), `/${name}`);
    else args.push("--ro-bind", `/${name}`, `/${name}`);
  }
  return args;
}

export function sandboxArguments({ folder, runtimeFolder, bindReadOnly }: Layout): readonly string[] {
  const own = (name: string): string => join(folder, "fs", name);
  const extra = Object.entries(bindReadOnly).flatMap(([from, to]) => ["--ro-bind", from, to]);
  return [
    SEALED,
    systemBinds(),
    ["--ro-bind", join(runtimeFolder, "etc"), "/etc"],
    ["--proc", "/proc", "--ro-bind", join(folder, "boot_id"), "/proc/sys/kernel/random/boot_id"],
    ["--dev", "/dev", "--perms", "1777", "--size", String(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm"],
    ["--ro-bind", runtimeFolder, INSIDE],
    ["--bind", own("home"), "/home", "--bind", own("root"), "/root"],
    ["--bind", own("tmp"), "/tmp", "--bind", own("tmp"), "/var/tmp", "--bind", own("workspace"), "/workspace"],
    ["--bind", join(folder, "run"), "/run/e2b", "--ro-bind", join(folder, "net"), "/run/egress"],
    extra,
    // The root and /dev live in memory: left writable, they would be a way to fill it.
    ["--remount-ro", "/dev", "--remount-ro", "/"],
    ["--setenv", "PATH", GUEST_PATH, "--chdir", "/home/user"],
  ].flat();
}

export const GUEST_PATH = [
  `${INSIDE}/bin:${INSIDE}/node/bin`,
  "/usr/local/bin:/usr/bin:/bin",
  "/usr/local/sbin:/usr/sbin:/sbin",
].join(":");

/** The limits are set inside, so that they count this sandbox's processes alone. */
export function envdCommand(): readonly string[] {
  const dataKib = Math.floor(Math.min(4096 * MIB, totalmem() / 2) / 1024);
  const limits = [
    "ulimit -c 0",
    "ulimit -u 1024",
    `ulimit -d ${dataKib}`,
    `ulimit -f ${4 * 1024 * 1024}`,
    // The host, when short of memory, ends a sandbox's process before its own.
    "echo 800 > /proc/self/oom_score_adj",
  ].join("; ");
  const node = `exec ${INSIDE}/envd/node --disable-sigusr1 --max-old-space-size=${ENVD_HEAP_MIB} ${INSIDE}/envd/envd.js`;
  return ["/bin/bash", "--noprofile", "--norc", "-c", `${limits}; ${node}`];
}
