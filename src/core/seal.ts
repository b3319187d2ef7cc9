// The seal: one digest over everything an approval is about. A vote carries the digest it was cast on.

/** SHA-256 of UTF-8 text, lower-case hex. Core cannot see node:crypto; callers pass it in. */
export type Sha256 = (text: string) => string;

export interface SealedRecord {
  readonly v: 1;
  readonly run: string;
  readonly change: number;
  readonly repositoryId: number;
  readonly baseBranch: string;
  readonly baseCommit: string;
  readonly baseTree: string;
  readonly resultTree: string;
  readonly headBranch: string;
  readonly commitMessage: string;
  readonly title: string;
  readonly checksDigest: string;
  readonly policyVersion: string;
}

/**
 * RFC 8785 text of a JSON value: keys sorted by UTF-16 code units, no white space, ECMAScript number and string forms.
 * Throws on what JSON cannot hold: undefined, NaN, lone surrogates.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("canonical JSON holds finite numbers only");
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new TypeError("canonical JSON holds well-formed text only");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(",")}]`;
  if (typeof value === "object") {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${canonicalJson(key)}:${canonicalJson(field)}`);
    return `{${fields.join(",")}}`;
  }
  throw new TypeError(`canonical JSON cannot hold a ${typeof value}`);
}

/** The digest of a sealed record: 64 lower-case hex digits. */
export function sealDigest(record: SealedRecord, sha256: Sha256): string {
  return sha256(canonicalJson(record));
}

/** What people see of a seal. */
export function shortSeal(digest: string): string {
  return digest.slice(0, 7);
}
