import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import manifest from "../../manifests/slack.json" with { type: "json" };
import { COMMAND } from "../../src/slack/answers.ts";
import { EVENTS } from "../../src/slack/listeners.ts";

const folder = new URL("../../src/slack/", import.meta.url);
const code = readdirSync(folder)
  .map((name) => readFileSync(new URL(name, folder), "utf8"))
  .join("\n");

/** What each method of the Web API asks of the app; a method not in here has to be added with its scopes. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  "auth.test": [],
  "views.open": [],
  "chat.postMessage": ["chat:write", "chat:write.public"],
  "chat.update": ["chat:write"],
  "chat.postEphemeral": ["chat:write"],
  "chat.getPermalink": [],
  "chat.startStream": ["chat:write"],
  "chat.appendStream": ["chat:write"],
  "chat.stopStream": ["chat:write"],
  "conversations.history": ["channels:history", "groups:history"],
  "conversations.replies": ["channels:history", "groups:history"],
  "files.info": ["files:read"],
  filesUploadV2: ["files:write"],
  "reactions.add": ["reactions:write"],
  "usergroups.list": ["usergroups:read"],
  "usergroups.users.list": ["usergroups:read"],
  "users.info": ["users:read"],
  "users.list": ["users:read"],
  "users.lookupByEmail": ["users:read.email"],
};
const EVENT_SCOPES: Readonly<Record<string, readonly string[]>> = {
  app_mention: ["app_mentions:read"],
  "message.channels": ["channels:history"],
  "message.groups": ["groups:history"],
};

function methodsInCode(): readonly string[] {
  const called = [...code.matchAll(/client\.((?:[a-z]+\.)*[a-zA-Z0-9]+)\(/g)].map((match) => match[1] ?? "");
  // Of the Socket Mode client, not of the Web API.
  const own = new Set(["start", "disconnect", "on"]);
  return [...new Set(called)].filter((name) => !own.has(name)).toSorted();
}

describe("the Slack manifest", () => {
  it("asks for exactly the scopes of what the code calls and hears", () => {
    const methods = methodsInCode();
    expect(methods.filter((name) => SCOPES[name] === undefined)).toEqual([]);
    expect(Object.keys(SCOPES).toSorted()).toEqual(methods);
    const events = manifest.settings.event_subscriptions.bot_events;
    const needed = new Set([
      "commands",
      ...methods.flatMap((name) => SCOPES[name] ?? []),
      ...events.flatMap((name) => EVENT_SCOPES[name] ?? []),
    ]);
    expect([...manifest.oauth_config.scopes.bot].toSorted()).toEqual([...needed].toSorted());
  });

  it("subscribes to exactly the events that are heard", () => {
    const subscribed = manifest.settings.event_subscriptions.bot_events.map((name) =>
      name.replace(/^message\..*$/, "message"),
    );
    expect([...new Set(subscribed)].toSorted()).toEqual([...EVENTS].toSorted());
  });

  it("declares the one command there is, and no surface that nobody listens to", () => {
    expect(manifest.features.slash_commands.map(({ command, should_escape: escapes }) => [command, escapes])).toEqual([
      [COMMAND, true],
    ]);
    expect(Object.keys(manifest.features).toSorted()).toEqual(["bot_user", "slash_commands"]);
    expect(manifest.settings).toMatchObject({
      interactivity: { is_enabled: true },
      socket_mode_enabled: true,
      token_rotation_enabled: false,
      org_deploy_enabled: false,
    });
  });
});
