// As whom sandboxes run on the host: never as root, and with nothing of this process's environment.
export interface HostUser {
  readonly uid: number;
  readonly gid: number;
}

const SANDBOX_ID = 64_100;

/** Undefined for an ordinary user: sandboxes then run as that user, mapped to 1000 inside. */
export function sandboxUser(): HostUser | undefined {
  return process.getuid?.() === 0 ? { uid: SANDBOX_ID, gid: SANDBOX_ID } : undefined;
}

export const CLEAN_ENV: Readonly<Record<string, string>> = {
  PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
  LANG: "C.UTF-8",
};
