// Reads the small part of GraphQL that the two supported mutations need; anything else is a named error.

export interface Field {
  readonly alias: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly fields: readonly Field[];
}

export interface Operation {
  readonly kind: string;
  readonly fields: readonly Field[];
}

export type Variables = Readonly<Record<string, unknown>>;

/** Throws an Error whose message says what the document has that is not understood. */
export function parseOperation(text: string, variables: Variables): Operation {
  const reader = new Reader(text, variables);
  const kind = reader.peek() === "{" ? "query" : reader.name();
  if (!["query", "mutation"].includes(kind)) throw new Error(`Unexpected "${kind}"`);
  if (/^[_A-Za-z]/.test(reader.peek())) reader.name();
  if (reader.peek() === "(") reader.skipDefinitions();
  const fields = reader.selection();
  if (reader.peek() !== "") throw new Error(`Unexpected "${reader.peek()}" after the operation`);
  return { kind, fields };
}

const TOKEN =
  /"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\.\.|[_A-Za-z]\w*|[{}()[\]:$!=@|&]/gy;

class Reader {
  readonly tokens: readonly string[];
  readonly variables: Variables;
  at = 0;

  constructor(text: string, variables: Variables) {
    this.tokens = tokenize(text);
    this.variables = variables;
  }

  peek(): string {
    return this.tokens[this.at] ?? "";
  }

  take(): string {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  expect(token: string): void {
    const found = this.take();
    if (found !== token) throw new Error(`Expected "${token}" but found "${found}"`);
  }

  name(): string {
    const token = this.take();
    if (!/^[_A-Za-z]/.test(token)) throw new Error(`Expected a name but found "${token}"`);
    return token;
  }

  /** Types of variables are not checked: the values are, where they are used. */
  skipDefinitions(): void {
    let depth = 0;
    do {
      const token = this.take();
      if (token === "(") depth += 1;
      if (token === ")") depth -= 1;
      if (token === "") throw new Error("Unexpected end of the document");
    } while (depth > 0);
  }

  selection(): Field[] {
    this.expect("{");
    const fields: Field[] = [];
    while (this.peek() !== "}") fields.push(this.field());
    this.expect("}");
    if (fields.length === 0) throw new Error("Expected at least one field");
    return fields;
  }

  field(): Field {
    if (this.peek() === "..." || this.peek() === "@") throw new Error("Fragments and directives are not served here");
    const first = this.name();
    let name = first;
    if (this.peek() === ":") {
      this.take();
      name = this.name();
    }
    const args = this.peek() === "(" ? this.args() : {};
    if (this.peek() === "@") throw new Error("Fragments and directives are not served here");
    return { alias: first, name, args, fields: this.peek() === "{" ? this.selection() : [] };
  }

  args(): Record<string, unknown> {
    this.expect("(");
    const args = this.pairs(")");
    this.expect(")");
    return args;
  }

  pairs(end: string): Record<string, unknown> {
    const pairs: [string, unknown][] = [];
    while (this.peek() !== end) {
      const name = this.name();
      this.expect(":");
      pairs.push([name, this.value()]);
    }
    return Object.fromEntries(pairs);
  }

  value(): unknown {
    const token = this.take();
    if (token === "$") return this.variables[this.name()];
    if (token === "{") {
      const value = this.pairs("}");
      this.expect("}");
      return value;
    }
    if (token === "[") {
      const values: unknown[] = [];
      while (this.peek() !== "]") values.push(this.value());
      this.expect("]");
      return values;
    }
    if (token.startsWith('"""')) return token.slice(3, -3);
    if (/^["\d-]/.test(token) || ["true", "false", "null"].includes(token)) return JSON.parse(token);
    if (/^[_A-Za-z]/.test(token)) return token;
    throw new Error(`Expected a value but found "${token}"`);
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length) {
    const skipped = /^(?:[\s,\ufeff]+|#[^\n]*)+/.exec(text.slice(at));
    at += skipped?.[0].length ?? 0;
    if (at >= text.length) break;
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) throw new Error(`Unexpected character "${text[at] ?? ""}"`);
    tokens.push(found[0]);
    at = TOKEN.lastIndex;
  }
  return tokens;
}
