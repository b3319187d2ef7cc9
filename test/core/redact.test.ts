import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createRedactor } from "../../src/core/redact.ts";

const encode = {
  base64: (text: string) => Buffer.from(text, "utf8").toString("base64"),
  hex: (text: string) => Buffer.from(text, "utf8").toString("hex"),
};

test("a value is taken out as it is and in its simple encodings", () => {
  const value = 'p@ss"word/+1234';
  const redact = createRedactor(new Map([["REGISTRY_TOKEN", value]]), encode);
  for (const form of [
    value,
    encode.base64(value),
    encode.hex(value),
    encodeURIComponent(value),
    JSON.stringify(value),
  ]) {
    expect(redact(`before ${form} after`)).toContain("[REGISTRY_TOKEN]");
    expect(redact(`before ${form} after`)).not.toContain(form.replaceAll('"', ""));
  }
});

test.each([
  "ghs_123456_eyJhbGciOiJIUzI1NiJ9.abc.def-GHI",
  "xoxb-1234567890-abcdefghij",
  "sk-ant-api03-abcdefghijklmnopqrst",
  "AKIAIOSFODNN7EXAMPLE",
])("the shape of %s is known without its value", (token) => {
  expect(createRedactor(new Map(), encode)(`token=${token}`)).not.toContain(token);
});

test("whatever stands around a value, it is gone", () => {
  const redact = createRedactor(new Map([["KEY", "s3cr3t-value-xyz"]]), encode);
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      expect(redact(`${before}s3cr3t-value-xyz${after}`)).not.toContain("s3cr3t-value-xyz");
    }),
  );
});
