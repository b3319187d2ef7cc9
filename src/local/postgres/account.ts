// PostgreSQL refuses to run as root: then it runs as `nobody`. initdb wants its account listed in /etc/passwd.
import { readFile } from "node:fs/promises";

export interface Account {
  /** For spawning; empty where the programs run as we do. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

export async function chooseAccount(): Promise<Account> {
  const uid = process.getuid?.();
  const lines = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n").map((line) => line.split(":"));
  if (uid !== 0) {
    if (!lines.some((fields) => fields[2] === String(uid))) {
      throw new Error(
        `the embedded PostgreSQL needs a line for uid ${uid} in /etc/passwd: add one, or set DATABASE_URL`,
      );
    }
    return { ids: {} };
  }
  const nobody = lines.find((fields) => fields[0] === "nobody");
  if (nobody === undefined) {
    throw new Error(
      "PostgreSQL cannot run as root and there is no account nobody: set DATABASE_URL, or start as another user",
    );
  }
  return { ids: { uid: Number(nobody[2]), gid: Number(nobody[3]) } };
}
