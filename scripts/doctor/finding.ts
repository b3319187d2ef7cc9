// One line of what the doctor found: good, off, or bad with its fix.
export interface Finding {
  readonly state: "ok" | "off" | "bad";
  readonly what: string;
  readonly says: string;
  readonly fix?: string;
}

export function ok(what: string, says: string): Finding {
  return { state: "ok", what, says };
}

/** Not set on purpose, and what that costs. */
export function off(what: string, says: string): Finding {
  return { state: "off", what, says };
}

export function bad(what: string, says: string, fix: string): Finding {
  return { state: "bad", what, says, fix };
}

export function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
}
