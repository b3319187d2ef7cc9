// Values on their way into a column. Postgres text and jsonb hold neither NUL nor half a surrogate pair.

/** The same value with every text in it storable; what cannot be kept becomes U+FFFD. Drops undefined fields. */
export function storable<T>(value: T): T;
export function storable(value: unknown): unknown {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map((item: unknown) => storable(item));
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [storableText(key), storable(field)]));
}

export function storableText(text: string): string {
  return text.replaceAll("\u0000", "\ufffd").toWellFormed();
}

/** Text of a jsonb column. */
export function json(value: unknown): string {
  return JSON.stringify(storable(value));
}
