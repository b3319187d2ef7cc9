// The two names a caller may act as. Both are uid 1000: nothing in the sandbox is ever a real root.
import type { IncomingHttpHeaders } from "node:http";
import { isAbsolute, join, normalize, resolve } from "node:path";
import { RpcProblem } from "./envd-problem.ts";

export interface User {
  readonly name: string;
  readonly home: string;
}

const USERS = new Map<string, User>([
  ["user", { name: "user", home: "/home/user" }],
  ["root", { name: "root", home: "/root" }],
]);

export function findUser(name: string): User {
  const user = USERS.get(name === "" ? "user" : name);
  if (user === undefined) throw new RpcProblem("unauthenticated", `invalid username: '${name}'`);
  return user;
}

export function userOfHeaders(headers: IncomingHttpHeaders): User {
  const given = headers.authorization ?? "";
  if (!given.startsWith("Basic ")) return findUser("");
  return findUser(Buffer.from(given.slice(6), "base64").toString("utf8").split(":")[0] ?? "");
}

export function resolvePath(path: string, user: User): string {
  if (path.includes("\0")) throw new RpcProblem("invalid_argument", "a path cannot contain a zero byte");
  if (path === "~" || path.startsWith("~/")) return normalize(join(user.home, path.slice(1)));
  if (path.startsWith("~")) throw new RpcProblem("invalid_argument", "cannot expand the home folder of another user");
  return isAbsolute(path) ? normalize(path) : resolve(user.home, path);
}
