// The policy folder -> Policy, or every problem with file, line and the fix. A broken file never becomes a policy.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { NOT_YET, orgFileSchema, teamFileSchema, type TeamFile } from "./core/policy-schema.ts";
import { decidePath, resolveRules, type Policy } from "./core/policy.ts";
import { canonicalJson } from "./core/seal.ts";

interface PolicyProblem {
  readonly file: string;
  /** 1-based; 0 where the whole file is meant. */
  readonly line: number;
  readonly says: string;
}

export type PolicyResult =
  { readonly ok: true; readonly policy: Policy } | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

interface ParsedFile<T> {
  readonly value?: T;
  readonly problems: readonly PolicyProblem[];
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/** Reads `org.yaml` and `teams/*.yaml` of a folder. The version is the SHA-256 of the canonical content. */
export async function readPolicy(folder: string): Promise<PolicyResult> {
  const org = await readYaml(folder, "org.yaml", orgFileSchema);
  const names = await readdir(join(folder, "teams")).catch(() => []);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  const teams = await Promise.all(
    files.map(async (name) => ({ name, ...(await readYaml(folder, `teams/${name}`, teamFileSchema)) })),
  );
  const problems = [...org.problems, ...teams.flatMap((team) => team.problems)];
  if (files.length === 0)
    problems.push({ file: "teams/", line: 0, says: "no team file; add teams/NAME.yaml, one for each team" });
  for (const team of teams) {
    if (team.value !== undefined && `${team.value.team}.yaml` !== team.name) {
      problems.push({
        file: `teams/${team.name}`,
        line: team.lineOf(["team"]),
        says: `the file of team ${team.value.team} is teams/${team.value.team}.yaml`,
      });
    }
  }
  const values = teams.map((team) => team.value).filter((value) => value !== undefined);
  if (problems.length > 0 || org.value === undefined) return { ok: false, problems };
  const content = { org: org.value, teams: values };
  const policy = { version: createHash("sha256").update(canonicalJson(content)).digest("hex"), ...content };
  const dead = teams.flatMap((team) => (team.value === undefined ? [] : findDead(policy, team.value, team.lineOf)));
  return dead.length > 0 ? { ok: false, problems: dead } : { ok: true, policy };
}

async function readYaml<S extends z.ZodType>(
  folder: string,
  file: string,
  schema: S,
): Promise<ParsedFile<z.output<S>>> {
  const lineOf = (): number => 0;
  const text = await readFile(join(folder, file), "utf8").catch(() => undefined);
  if (text === undefined)
    return { problems: [{ file, line: 0, says: "cannot be read; is POLICY_DIR right?" }], lineOf };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    return {
      problems: [{ file, line: syntax.linePos?.[0].line ?? 0, says: syntax.message.split("\n")[0] ?? "not YAML" }],
      lineOf,
    };
  }
  const find = (path: readonly PropertyKey[]): number => findLine(document, lines, path);
  const content: unknown = document.toJS({ maxAliasCount: 0 });
  const early = findNotYet(content).map((path) => ({
    file,
    line: find(path),
    says: `${path.join(".")} is not built yet; take it out (it would be ignored, and an ignored rule protects nobody)`,
  }));
  if (early.length > 0) return { problems: early, lineOf: find };
  const parsed = schema.safeParse(content);
  if (parsed.success) return { value: parsed.data, problems: [], lineOf: find };
  return { problems: parsed.error.issues.map((issue) => ({ file, ...describeIssue(issue, find) })), lineOf: find };
}

function describeIssue(
  issue: z.core.$ZodIssue,
  find: (path: readonly PropertyKey[]) => number,
): { line: number; says: string } {
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const where = issue.path.length === 0 ? "at the top" : `under ${issue.path.join(".")}`;
    return {
      line: find([...issue.path, key]),
      says: `unknown key ${key} ${where}; take it out, or check its spelling`,
    };
  }
  const name = issue.path.join(".");
  return { line: find(issue.path), says: name === "" ? issue.message : `${name}: ${issue.message}` };
}

function findLine(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
    const start: unknown = Array.isArray(range) ? range[0] : undefined;
    if (typeof start === "number") return lines.linePos(start).line;
  }
  return 0;
}

/** Paths in the content that match a key of the format that is not carried out yet. */
function findNotYet(content: unknown): readonly (readonly PropertyKey[])[] {
  return NOT_YET.flatMap((dotted) => walk(content, dotted.split("."), []));
}

function walk(
  value: unknown,
  parts: readonly string[],
  done: readonly PropertyKey[],
): readonly (readonly PropertyKey[])[] {
  const [part, ...rest] = parts;
  if (part === undefined) return [done];
  if (typeof value !== "object" || value === null) return [];
  if (part === "*")
    return Object.entries(value).flatMap(([key, each]) =>
      walk(each, rest, [...done, Array.isArray(value) ? Number(key) : key]),
    );
  const found = Object.entries(value).find(([key]) => key === part);
  return found === undefined ? [] : walk(found[1], rest, [...done, part]);
}

/** Rules that can never take effect, or lean on something that is not there. */
function findDead(
  policy: Policy,
  team: TeamFile,
  lineOf: (path: readonly PropertyKey[]) => number,
): readonly PolicyProblem[] {
  const file = `teams/${team.team}.yaml`;
  const problems: PolicyProblem[] = [];
  const twice = policy.teams.filter((each) => each.team === team.team).length > 1;
  if (twice) problems.push({ file, line: lineOf(["team"]), says: `team ${team.team} is defined twice` });
  const owners = team.owners?.slackUsergroups ?? policy.org.defaults?.owners?.slackUsergroups ?? [];
  if (owners.length === 0) {
    problems.push({
      file,
      line: lineOf(["owners"]),
      says: "nobody could approve: name owners.slackUsergroups here or in org.yaml's defaults",
    });
  }
  for (const [index, repository] of team.repositories.entries()) {
    const rules = resolveRules(policy, team.team, repository.repo);
    if (rules === undefined) continue;
    for (const [at, pattern] of repository.paths.write.entries()) {
      const literal = pattern.replaceAll("**", "x").replaceAll("*", "x").replaceAll("?", "x");
      const decided = decidePath(rules, literal);
      if (decided.verdict === "denied" && decided.rule.startsWith("org never-list")) {
        const line = lineOf(["repositories", index, "paths", "write", at]);
        problems.push({ file, line, says: `dead rule: ${pattern} is on the ${decided.rule}; take it out` });
      }
    }
    if (
      policy.teams.some((each) => each === team) &&
      team.repositories.findIndex((each) => each.repo === repository.repo) !== index
    ) {
      problems.push({
        file,
        line: lineOf(["repositories", index, "repo"]),
        says: `dead rule: ${repository.repo} is listed twice`,
      });
    }
  }
  return problems;
}
