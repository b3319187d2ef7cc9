// Path patterns of policy: `**` any depth, `*` within one name, `?` one character, all else literal.

const CACHE = new Map<string, RegExp>();

/** The reason a pattern cannot be used, or undefined. Kept small on purpose: no braces, classes or negation. */
export function judgePattern(pattern: string): string | undefined {
  if (pattern === "") return "a pattern may not be empty";
  if (pattern.startsWith("/") || pattern.startsWith("./"))
    return "write paths from the repository's root, without a leading / or ./";
  if (/[[\]{}!\\]/.test(pattern)) return "only *, ** and ? are understood; no [], {}, ! or \\";
  if (pattern.split("/").some((part) => part === ".." || part === "." || part === "")) return "no empty, . or .. parts";
  if (pattern.split("/").some((part) => part.includes("**") && part !== "**")) return "** stands alone between slashes";
  return undefined;
}

/** Allow rules: exact case, and a name beginning with a dot matches only where the pattern names the dot. */
export function allows(pattern: string, path: string): boolean {
  return compile(pattern, "allow").test(path);
}

/** Deny rules: case-insensitive after NFC, and dots are ordinary characters. */
export function denies(pattern: string, path: string): boolean {
  return compile(pattern, "deny").test(path.normalize("NFC"));
}

function compile(pattern: string, kind: "allow" | "deny"): RegExp {
  const key = `${kind}:${pattern}`;
  const known = CACHE.get(key);
  if (known !== undefined) return known;
  const source = kind === "deny" ? pattern.normalize("NFC") : pattern;
  const made = new RegExp(`^${translate(source.split("/"), kind)}$`, kind === "deny" ? "iu" : "u");
  CACHE.set(key, made);
  return made;
}

function translate(parts: readonly string[], kind: "allow" | "deny"): string {
  const noDot = kind === "allow" ? "(?!\\.)" : "";
  return parts
    .map((part, index) => {
      const last = index === parts.length - 1;
      if (part === "**") return last ? `${noDot}[^/]+(?:/${noDot}[^/]+)*` : `(?:${noDot}[^/]+/)*`;
      const name = part
        .replace(/[.+^$()|]/g, "\\$&")
        .replaceAll("*", "[^/]*")
        .replaceAll("?", "[^/]");
      return `${part.startsWith("*") || part.startsWith("?") ? noDot : ""}${name}${last ? "" : "/"}`;
    })
    .join("");
}
