// Small parts to write down what Slack accepts; each adds Slack-like sentences with a JSON pointer.
import { isObject, type Json } from "./json.ts";

export type Check = (value: unknown, at: string, out: string[]) => void;

export interface Field {
  readonly check: Check;
  readonly optional: boolean;
}

export function say(out: string[], at: string, problem: string): void {
  out.push(`[ERROR] ${problem} [json-pointer:${at}]`);
}

export function text(max: number, min = 1): Check {
  return (value, at, out) => {
    if (typeof value !== "string") say(out, at, "must be a string");
    else if (value.length < min) say(out, at, `must be more than ${min - 1} characters`);
    else if (value.length > max) say(out, at, `must be less than ${max + 1} characters`);
  };
}

export function link(max: number): Check {
  return (value, at, out) => {
    const before = out.length;
    text(max)(value, at, out);
    if (out.length === before && !/^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(String(value)))
      say(out, at, "must be a valid URL");
  };
}

export function matching(pattern: RegExp, what: string): Check {
  return (value, at, out) => {
    if (typeof value !== "string" || !pattern.test(value)) say(out, at, `must be ${what}`);
  };
}

export const flag: Check = (value, at, out) => {
  if (typeof value !== "boolean") say(out, at, "must be a boolean");
};

export function whole(min: number, max: number): Check {
  return (value, at, out) => {
    if (typeof value !== "number" || !Number.isInteger(value)) say(out, at, "must be an integer");
    else if (value < min || value > max) say(out, at, `must be between ${min} and ${max}`);
  };
}

export function oneOf(...words: readonly unknown[]): Check {
  return (value, at, out) => {
    if (!words.includes(value)) say(out, at, `value must be one of: ${words.join(", ")}`);
  };
}

export function list(item: Check, size: { readonly min: number; readonly max: number }): Check {
  return (value, at, out) => {
    if (!Array.isArray(value)) {
      say(out, at, "must be an array");
      return;
    }
    if (value.length < size.min) say(out, at, `no less than ${size.min} items allowed`);
    if (value.length > size.max) say(out, at, `no more than ${size.max} items allowed`);
    value.forEach((each, index) => item(each, `${at}/${index}`, out));
  };
}

export function must(check: Check): Field {
  return { check, optional: false };
}

export function may(check: Check): Field {
  return { check, optional: true };
}

/** Nothing but the named fields; `also` sees the object once its fields are known to be allowed. */
export function shape(
  fields: Readonly<Record<string, Field>>,
  also?: (value: Json, at: string, out: string[]) => void,
): Check {
  return (value, at, out) => {
    if (!isObject(value)) {
      say(out, at, "must be an object");
      return;
    }
    for (const key of Object.keys(value))
      if (!Object.hasOwn(fields, key)) say(out, at, `invalid additional property: ${key}`);
    for (const [key, field] of Object.entries(fields)) {
      const inner = value[key];
      if (inner !== undefined && inner !== null) field.check(inner, `${at}/${key}`, out);
      else if (!field.optional) say(out, at, `missing required field: ${key}`);
    }
    also?.(value, at, out);
  };
}

/** Exactly one of the named fields is there. */
export function exactlyOne(...keys: readonly string[]) {
  return (value: Json, at: string, out: string[]): void => {
    const given = keys.filter((key) => value[key] !== undefined && value[key] !== null);
    if (given.length === 0) say(out, at, `missing required field: ${keys.join(" or ")}`);
    if (given.length > 1) say(out, at, `only one of ${keys.join(", ")} allowed`);
  };
}

export function atLeastOne(...keys: readonly string[]) {
  return (value: Json, at: string, out: string[]): void => {
    if (keys.every((key) => value[key] === undefined || value[key] === null))
      say(out, at, `missing required field: ${keys.join(" or ")}`);
  };
}

/** The shape that goes with the object's `type`. */
export function byType(shapes: Readonly<Record<string, Check>>): Check {
  return (value, at, out) => {
    if (!isObject(value)) {
      say(out, at, "must be an object");
      return;
    }
    const { type } = value;
    if (type === undefined) say(out, at, "missing required field: type");
    else if (typeof type !== "string" || !Object.hasOwn(shapes, type))
      say(out, at, `unsupported type: ${typeof type === "string" ? type : typeof type}`);
    else shapes[type]?.(value, at, out);
  };
}
