import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkSecrets } from "../../src/checks/secrets.ts";
import { adding, fileOf } from "./change.ts";

// Put together here, so that this file itself holds nothing that looks like a secret.
const noise = (length: number, alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"): string => {
  let made = "";
  for (let at = 0; made.length < length; at += 1) {
    const bytes = createHash("sha256").update(`noise ${length} ${at}`).digest();
    for (const byte of bytes) made += alphabet[byte % alphabet.length];
  }
  return made.slice(0, length);
};
const HEX = "23456789abcdef";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const DIGITS = "23456789";

const TOKENS: readonly (readonly [string, string])[] = [
  ["GitHub token", `ghp_${noise(36)}`],
  ["GitHub token", `ghs_${noise(36)}`],
  ["GitHub token", `github_pat_${noise(22)}_${noise(59)}`],
  ["GitLab token", `glpat-${noise(20)}`],
  ["Slack token", `xoxb-${noise(12, DIGITS)}-${noise(24)}`],
  ["Slack token", `xapp-1-${noise(11, UPPER)}-${noise(13, DIGITS)}-${noise(64, HEX)}`],
  ["Slack webhook address", `https://hooks.slack.com/services/T${noise(8, UPPER)}/B${noise(8, UPPER)}/${noise(24)}`],
  ["Linear key", `lin_api_${noise(40)}`],
  ["Anthropic key", `sk-ant-api03-${noise(90)}`],
  ["OpenAI key", `sk-proj-${noise(60)}`],
  ["E2B key", `e2b_${noise(40, HEX)}`],
  ["AWS access key", `AKIA${noise(16, UPPER)}`],
  ["AWS secret key", `aws_secret_access_key = "${noise(40)}"`],
  ["Google API key", `AIza${noise(35)}`],
  ["Stripe key", `sk_live_${noise(24)}`],
  ["npm token", `npm_${noise(36)}`],
];
const PEM = (kind: string): string => `-----BEGIN ${kind}PRIVATE KEY-----`;

describe("the check for secrets", () => {
  it.each(TOKENS)("finds a %s and never repeats it", (what, token) => {
    for (const text of [token, `const token = "${token}";`, `TOKEN=${token}`, `  - ${token},`]) {
      const result = checkSecrets(adding({ "src/a.ts": `first\n${text}\nlast` }));
      expect(result).toMatchObject({ status: "failed", required: true, output: `src/a.ts, line 2: ${what}` });
      expect(JSON.stringify(result)).not.toContain(token.slice(-12));
    }
  });

  it.each([
    ["as a file", `${PEM("RSA ")}\n${noise(64)}\n${noise(64)}`],
    ["with headers of its own", `${PEM("RSA ")}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n${noise(64)}`],
    ["in a string over several lines", `const key = "${PEM("")}\\n" +\n  "${noise(64)}\\n" +`],
    ["in one line", `"private_key": "${PEM("")}\\n${noise(64)}\\n"`],
    ["indented in YAML", `key: |\n  ${PEM("EC ")}\n  ${noise(64)}`],
  ])("finds a private key %s", (_says, text) => {
    expect(checkSecrets(adding({ "key.pem": text }))).toMatchObject({
      status: "failed",
      output: expect.stringContaining("private key"),
    });
  });

  it.each([
    ["code that looks for keys", `return text.includes("${PEM("")}") ? text : undefined;`],
    ["the documentation's access key", "AKIAIOSFODNN7EXAMPLE"],
    ["a placeholder", `GITHUB_TOKEN=ghp_${"x".repeat(36)}`],
    ["a made-up key", `e2b_${"0123456789abcdef".repeat(3).slice(0, 40)}`],
    ["a shape without a value", "tokens begin with ghp_, xoxb- or sk-ant-"],
    ["a commit id", noise(40, HEX)],
    ["an address of a chat service", "https://hooks.slack.com/services/T000/B000/xxx"],
    ["a public key", `-----BEGIN PUBLIC KEY-----\n${noise(64)}`],
  ])("does not take for a secret: %s", (_says, text) => {
    expect(checkSecrets(adding({ "src/a.ts": text }))).toMatchObject({ status: "passed", output: "" });
  });

  it("says nothing of ordinary lock files, however many hashes they hold", () => {
    const lock = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
    expect(lock.split("integrity").length).toBeGreaterThan(200);
    const hash = (kind: string, at: number) => createHash(kind).update(`package ${at}`);
    const many = Array.from({ length: 4000 }, (_, at) =>
      [
        `    integrity sha512-${hash("sha512", at).digest("base64")}`,
        `checksum = "${hash("sha256", at).digest("hex")}"`,
        `example.com/module v1.0.${at} h1:${hash("sha256", at).digest("base64")}`,
        `"_resolved": "https://packages.example.com/p/-/p-1.0.${at}.tgz#${hash("sha1", at).digest("hex")}",`,
      ].join("\n"),
    ).join("\n");
    const result = checkSecrets(adding({ "package-lock.json": lock, "yarn.lock": many }));
    expect(result).toMatchObject({ status: "passed", output: "" });
  });

  it("looks at added lines only: what was there, or goes, is not this change's doing", () => {
    const token = `ghp_${noise(36)}`;
    const diff = `diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1,3 +1,3 @@\n ${token}\n-${token}\n+fine\n last\n`;
    expect(checkSecrets({ files: [fileOf("a.ts", 1)], diff }).status).toBe("passed");
  });

  it("does not vouch for lines it could not read, and does not block for them", () => {
    const { files, diff } = adding({ "src/a.ts": "one" });
    const cut = checkSecrets({ files: [...files, fileOf("src/long.ts", 900), fileOf("logo.png", null)], diff });
    expect(cut).toMatchObject({ status: "could_not_run", required: false });
    expect(cut.output).toContain("900 added lines not read");
    expect(cut.output).toContain("1 binary file not read");
  });

  it("lists the first of many", () => {
    const many = Array.from({ length: 30 }, (_, at) => `ghp_${noise(30)}${noise(6, HEX.slice(at % 5))}`).join("\n");
    expect(
      checkSecrets(adding({ a: many }))
        .output.split("\n")
        .at(-1),
    ).toBe("and 10 more");
  });
});
