import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseConfig } from "../src/config.ts";

const PEM = "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----";

test("nothing set: everything optional is off, the rest has its default", () => {
  const parsed = parseConfig({});
  expect(parsed).toMatchObject({
    ok: true,
    config: { port: 3000, adminPort: 3001, role: "all", slack: undefined, github: undefined },
  });
});

test("an empty variable counts as absent", () => {
  expect(parseConfig({ PORT: "", SLACK_BOT_TOKEN: " " })).toMatchObject({
    ok: true,
    config: { port: 3000, slack: undefined },
  });
});

test.each([
  [{ PORT: "many" }, "PORT"],
  [{ SLACK_BOT_TOKEN: "xoxb-1" }, "SLACK_APP_TOKEN"],
  [{ SLACK_BOT_TOKEN: "xapp-1", SLACK_APP_TOKEN: "xapp-1" }, "SLACK_BOT_TOKEN"],
  [{ GITHUB_APP_ID: "1" }, "GITHUB_PRIVATE_KEY"],
  [{ GITHUB_APP_ID: "1", GITHUB_PRIVATE_KEY: "no-such-file.pem" }, "GITHUB_PRIVATE_KEY"],
  [{ GITHUB_API_URL: "ftp://x" }, "GITHUB_API_URL"],
  [{ ROLE: "boss" }, "ROLE"],
])("%j is refused by naming %s, without its value", (environment, name) => {
  const parsed = parseConfig(environment);
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) {
    expect(parsed.problems.join("\n")).toContain(name);
    for (const value of Object.values(environment))
      if (value.length > 6) expect(parsed.problems.join("\n")).not.toContain(value);
  }
});

test("a private key may be given with \\n for its line ends", () => {
  const parsed = parseConfig({ GITHUB_APP_ID: "7", GITHUB_PRIVATE_KEY: PEM.replaceAll("\n", "\\n") });
  expect(parsed).toMatchObject({ ok: true, config: { github: { appId: 7, privateKey: PEM } } });
});

test("every variable the code reads is explained in .env.example, and none besides", async () => {
  const source = await readFile("src/config.ts", "utf8");
  const read = new Set([...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map((match) => match[1]));
  const example = await readFile(".env.example", "utf8");
  const explained = new Set([...example.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]));
  expect(read).toEqual(explained);
});
