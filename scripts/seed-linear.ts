// The issues of Acme, the company of the demo: the same people as in its Slack, by the same addresses, and one who is not.
import type { LocalLinearSeed } from "../src/local/linear/server.ts";

const PERSON = {
  requester: "6a1f0c1e-5b7d-4e52-9a55-0d8b1f2f0001",
  owner: "6a1f0c1e-5b7d-4e52-9a55-0d8b1f2f0002",
  support: "6a1f0c1e-5b7d-4e52-9a55-0d8b1f2f0003",
  platform: "6a1f0c1e-5b7d-4e52-9a55-0d8b1f2f0004",
  contractor: "6a1f0c1e-5b7d-4e52-9a55-0d8b1f2f0005",
} as const;

const TEAM = {
  marketing: "3c0b6a52-90c1-4f0e-8f5e-7be1f0a20001",
  operations: "3c0b6a52-90c1-4f0e-8f5e-7be1f0a20002",
} as const;

export const LINEAR_PEOPLE = PERSON;
export const LINEAR_APP_USER = "b5b7c1de-2f7c-4c12-a4dd-2a1f3c4d0001";

export const LINEAR_SEED: LocalLinearSeed = {
  organization: { id: "0f3a9d4c-77f6-4a0e-9f6e-5a6b7c8d0001", name: "Acme", urlKey: "acme" },
  app: {
    userId: LINEAR_APP_USER,
    name: "Countersign",
    handle: "countersign",
    oauthClientId: "countersign-local-client",
  },
  people: [
    { id: PERSON.requester, name: "Marketing requester", email: "requester@acme.example.com" },
    { id: PERSON.owner, name: "Web owner", email: "owner@acme.example.com" },
    { id: PERSON.support, name: "Support lead", email: "support@acme.example.com" },
    { id: PERSON.platform, name: "Platform engineer", email: "platform@acme.example.com", isAdmin: true },
    { id: PERSON.contractor, name: "Contractor", email: "contractor@elsewhere.example.com" },
  ],
  teams: [
    {
      id: TEAM.marketing,
      key: "MKT",
      name: "Marketing",
      members: [PERSON.requester, PERSON.support, PERSON.owner, PERSON.contractor],
      guidance: "Prices stand in content and in public/prices.json; change both.",
    },
    { id: TEAM.operations, key: "OPS", name: "Operations", members: [PERSON.platform] },
  ],
  labels: [
    { id: "9d2c0001-1b2c-4d3e-8f4a-5b6c7d8e0001", name: "website" },
    { id: "9d2c0001-1b2c-4d3e-8f4a-5b6c7d8e0002", name: "wording" },
  ],
  issues: [
    {
      id: "e1b20001-0a1b-4c2d-9e3f-4a5b6c7d0131",
      team: "MKT",
      number: 131,
      title: "The discount makes the price higher, not lower",
      description: "Fix the failing test\n\nIt says what the discount should do.",
      creator: PERSON.support,
      assignee: PERSON.requester,
      comments: [
        {
          user: PERSON.support,
          body: "A customer asks whether 20% off can cost more. It should not.",
          minutesAgo: 42,
        },
      ],
    },
    {
      id: "e1b20001-0a1b-4c2d-9e3f-4a5b6c7d0130",
      team: "MKT",
      number: 130,
      title: "Raise the monthly price to $39",
      description: "Set the monthly price to $39\n\nAgreed in the pricing round; it should be live before Monday.",
      creator: PERSON.support,
      assignee: PERSON.requester,
      comments: [
        {
          user: PERSON.support,
          body: "Two customers asked whether the old price still holds. It does not.",
          minutesAgo: 95,
        },
      ],
    },
    {
      id: "e1b20001-0a1b-4c2d-9e3f-4a5b6c7d0128",
      team: "MKT",
      number: 128,
      title: "Say “your week” on the start page",
      description: 'Replace "Plan the week in five minutes" with "Plan your week in five minutes" in content/index.md',
      creator: PERSON.requester,
      labels: ["website", "wording"],
      state: "backlog",
    },
    {
      id: "e1b20001-0a1b-4c2d-9e3f-4a5b6c7d0119",
      team: "MKT",
      number: 119,
      title: "Opening hours in the footer",
      creator: PERSON.support,
      assignee: PERSON.requester,
      state: "completed",
    },
    {
      id: "e1b20001-0a1b-4c2d-9e3f-4a5b6c7d0007",
      team: "OPS",
      number: 7,
      title: "Rotate the staging certificate",
      creator: PERSON.platform,
      assignee: PERSON.platform,
    },
  ],
};
