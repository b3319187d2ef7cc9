// Who works at Acme, the company of the demo.
import type { LocalSlackSeed } from "../src/local/slack/server.ts";

const EVERYBODY = ["U0REQ", "U0OWN", "U0SUP", "U0PLAT", "U0BOT"];

export const SEED: LocalSlackSeed = {
  team: { id: "T0ACME", name: "Acme", domain: "acme" },
  bot: {
    userId: "U0BOT",
    botId: "B0BOT",
    appId: "A0BOT",
    name: "Countersign",
    commands: [
      {
        command: "/agent",
        description: "Ask for a change",
        usageHint: "what should change? e.g. fix the failing test",
      },
    ],
  },
  people: [
    { id: "U0REQ", name: "Marketing requester", title: "asks for changes", email: "requester@acme.example.com" },
    { id: "U0OWN", name: "Web owner", title: "approves changes", email: "owner@acme.example.com" },
    { id: "U0SUP", name: "Support lead", title: "asks for changes", email: "support@acme.example.com" },
    { id: "U0PLAT", name: "Platform engineer", title: "admin, writes policy", email: "platform@acme.example.com" },
    { id: "U0GUEST", name: "Guest", title: "in no team", email: "guest@partner.example.com", isGuest: true },
  ],
  usergroups: [
    { id: "S0MKT", handle: "marketing", name: "Marketing", members: ["U0REQ", "U0SUP"] },
    { id: "S0WEBOWNERS", handle: "web-owners", name: "Web owners", members: ["U0OWN"] },
    { id: "S0PLATFORM", handle: "platform", name: "Platform", members: ["U0PLAT"] },
  ],
  channels: [
    { id: "C0GENERAL", name: "general", topic: "Everybody, everything", members: [...EVERYBODY, "U0GUEST"] },
    {
      id: "C0MKT",
      name: "marketing",
      topic: "Website wording, prices, campaigns",
      members: [...EVERYBODY, "U0GUEST"],
      messages: [
        {
          user: "U0SUP",
          text: "A customer says our discount makes the price higher, not lower. Can that be?",
          minutesAgo: 42,
        },
        {
          user: "U0REQ",
          text: "The website's own test fails since this morning. I will ask Countersign to mend it.",
          minutesAgo: 3,
        },
      ],
    },
    { id: "C0WEBREV", name: "web-review", topic: "Approval cards for the website", members: EVERYBODY },
    { id: "C0PLATFORM", name: "ask-platform", topic: "Questions to the platform team", members: EVERYBODY },
  ],
};

export const COMMAND = "/agent fix the failing test";
