// Command lines that bound what one git child may use and see. Pure; git.ts runs them.

export interface GitLimits {
  readonly wallMs: number;
  readonly outputBytes: number;
  readonly memoryBytes: number;
  readonly fileBytes: number;
  readonly cpuSeconds: number;
}

const MIB = 1024 * 1024;

/** Work on our own mirror: bounded against accidents, not against attack. */
export const MIRROR_LIMITS: GitLimits = {
  wallMs: 10 * 60_000,
  outputBytes: 1024 * MIB,
  memoryBytes: 8 * 1024 * MIB,
  fileBytes: 32 * 1024 * MIB,
  cpuSeconds: 20 * 60,
};

/** Work on what a sandbox produced. */
export const HOSTILE_LIMITS: GitLimits = {
  wallMs: 60_000,
  outputBytes: 256 * MIB,
  memoryBytes: 2 * 1024 * MIB,
  fileBytes: 512 * MIB,
  cpuSeconds: 60,
};

export interface Tools {
  readonly prlimit: boolean;
  readonly bwrap: boolean;
}

/** Folders git needs to start; whatever else is on the host stays unseen. */
const SYSTEM_DIRS = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib64",
  "/lib32",
  "/nix/store",
  "/opt/homebrew",
  "/etc/ld.so.cache",
  "/etc/alternatives",
];

/** Wraps a command so that the kernel enforces memory, file size and processor time. */
export function limited(argv: readonly string[], limits: GitLimits, tools: Tools): readonly string[] {
  const { memoryBytes, fileBytes, cpuSeconds } = limits;
  if (tools.prlimit) {
    return [
      "prlimit",
      `--as=${memoryBytes}`,
      `--fsize=${fileBytes}`,
      `--cpu=${cpuSeconds}`,
      "--core=0",
      "--nofile=1024",
      "--",
      ...argv,
    ];
  }
  // `ulimit` counts memory in KiB and file sizes in blocks of 512 bytes.
  const script = `ulimit -c 0; ulimit -v ${Math.floor(memoryBytes / 1024)} 2>/dev/null; ulimit -f ${Math.floor(fileBytes / 512)}; ulimit -t ${cpuSeconds}; exec "$@"`;
  return ["sh", "-c", script, "sh", ...argv];
}

export interface Room {
  readonly dir: string;
  readonly writable: boolean;
  readonly readable: readonly string[];
}

/** Wraps a command so that it has no network, no other processes, and sees only these folders. */
export function walled(argv: readonly string[], room: Room): readonly string[] {
  return [
    "bwrap",
    "--unshare-all",
    "--die-with-parent",
    "--new-session",
    "--cap-drop",
    "ALL",
    ...SYSTEM_DIRS.flatMap((dir) => ["--ro-bind-try", dir, dir]),
    "--dev",
    "/dev",
    ...room.readable.flatMap((dir) => ["--ro-bind", dir, dir]),
    room.writable ? "--bind" : "--ro-bind",
    room.dir,
    room.dir,
    "--chdir",
    room.dir,
    "--",
    ...argv,
  ];
}
