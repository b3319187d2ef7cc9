// Tokens and keys in added lines, by the shapes their makers gave them. Says where and of which kind, never what.
import type { ChangedFile } from "../core/change.ts";
import type { CheckResult } from "../core/verification.ts";
import { addedLines, type AddedLine } from "./added-lines.ts";
import { resultOf, type Finding } from "./finding.ts";

// Not inside a longer word: hashes of a lock file hold every short sequence sooner or later.
const START = "(?<![A-Za-z0-9_+/-])";
const END = "(?![A-Za-z0-9_+/-])";

const SHAPES: readonly (readonly [string, RegExp])[] = (
  [
    ["GitHub token", "gh[pousr]_[A-Za-z0-9]{36,251}"],
    ["GitHub token", "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"],
    ["GitLab token", "glpat-[A-Za-z0-9_-]{20,}"],
    ["Slack token", "xox[abeoprs]-[0-9]{8,}-[A-Za-z0-9-]{10,}"],
    ["Slack token", "xapp-[0-9]-[A-Z0-9]{8,}-[0-9]{8,}-[a-f0-9]{32,}"],
    ["Slack webhook address", "https://hooks\\.slack\\.com/services/T[A-Z0-9]{7,}/B[A-Z0-9]{7,}/[A-Za-z0-9]{20,}"],
    ["Linear key", "lin_(?:api|oauth|wh)_[A-Za-z0-9]{32,}"],
    ["Anthropic key", "sk-ant-[a-z0-9]{3,}-[A-Za-z0-9_-]{32,}"],
    ["OpenAI key", "sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}"],
    ["OpenAI key", "sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"],
    ["E2B key", "e2b_[a-f0-9]{40}"],
    ["AWS access key", "(?:AKIA|ASIA)[A-Z2-7]{16}"],
    ["Google API key", "AIza[A-Za-z0-9_-]{35}"],
    ["Stripe key", "[rs]k_live_[A-Za-z0-9]{24,}"],
    ["npm token", "npm_[A-Za-z0-9]{36}"],
    ["PyPI token", "pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"],
    ["SendGrid key", "SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}"],
  ] as const
).map(([what, shape]) => [what, new RegExp(`${START}${shape}${END}`, "g")]);

const AWS_SECRET = /aws_secret_access_key["']?\s*[:=]\s*["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi;
const KEY_HEADER = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;
const KEY_IN_ONE_LINE = /PRIVATE KEY(?: BLOCK)?-----(?:\\r)?\\n[A-Za-z0-9+/=]{32,}/;
const KEY_BODY = /^[\s"'+|>]*[A-Za-z0-9+/]{48,}={0,2}(?:\\[nr])*[\s"',;+\\]*$/;
const KEY_LOOKAHEAD_LINES = 6;

/** Blocks approval: what is published once is known for good. */
export function checkSecrets(change: { readonly files: readonly ChangedFile[]; readonly diff: string }): CheckResult {
  const lines = addedLines(change.diff);
  const findings = lines.flatMap((line, at) => findingsIn(line, lines.slice(at + 1, at + 1 + KEY_LOOKAHEAD_LINES)));
  const command = "looks for tokens and private keys in added lines";
  return resultOf({ name: "secrets", command, blocks: true, files: change.files, lines, findings });
}

function findingsIn(line: AddedLine, next: readonly AddedLine[]): readonly Finding[] {
  const kinds = new Set<string>();
  for (const [what, shape] of SHAPES) {
    if ([...line.text.matchAll(shape)].some(([token]) => looksReal(token))) kinds.add(what);
  }
  if ([...line.text.matchAll(AWS_SECRET)].some(([, value]) => looksReal(value ?? ""))) kinds.add("AWS secret key");
  if (holdsKey(line, next)) kinds.add("private key");
  return [...kinds].map((what) => ({ path: line.path, line: line.line, what }));
}

/** Made-up values of documentation and tests say so, or are made of very few characters. */
function looksReal(token: string): boolean {
  if (/example|dummy|fake|placeholder|redacted|xxxx|0{6}|123456789|abcdefgh/i.test(token)) return false;
  return new Set(token.slice(-20)).size >= 8;
}

/** A header alone is code that speaks of keys; with a key under it, or after it, it is one. */
function holdsKey(line: AddedLine, next: readonly AddedLine[]): boolean {
  if (!KEY_HEADER.test(line.text)) return false;
  if (KEY_IN_ONE_LINE.test(line.text)) return true;
  return next.some(
    (each, at) =>
      each.path === line.path && each.line === line.line + at + 1 && KEY_BODY.test(each.text) && looksReal(each.text),
  );
}
