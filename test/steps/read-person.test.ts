// One person over chat and tracker: tied by a verified email, or not at all.
import { expect, it } from "vitest";
import type { Chat, TrackerPerson } from "../../src/ports.ts";
import { personOf, readWho, type PeoplePorts } from "../../src/steps/read-person.ts";

const ANN = { id: "slack:U0ANN", kind: "member" as const, name: "Ann" };
const member: TrackerPerson = { name: "Ann L.", email: "ann@acme.test", kind: "member", linearTeams: ["ENG"] };

type ChatPerson = Awaited<ReturnType<Chat["readPerson"]>>;

function portsOf(
  there: TrackerPerson | undefined,
  here: ChatPerson | undefined = ANN,
): PeoplePorts & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    chat: {
      readPerson: async (id) => {
        asked.push(`chat ${id}`);
        return here ?? { id, kind: "unknown", name: "somebody" };
      },
      findPersonByEmail: async (email) => {
        asked.push(`email ${email}`);
        return here;
      },
    },
    ...(there === undefined
      ? {}
      : {
          tracker: {
            readPerson: async (id) => {
              asked.push(`tracker ${id}`);
              return there;
            },
          },
        }),
  };
}

it("somebody of Slack is read there and nowhere else", async () => {
  const ports = portsOf(member);
  expect(await readWho(ports, { id: ANN.id })).toEqual(ANN);
  expect(ports.asked).toEqual(["chat slack:U0ANN"]);
});

it("somebody of the tracker with a verified email is the person in Slack, with their teams there", async () => {
  const ports = portsOf(member);
  expect(await readWho(ports, { id: "linear:ann" })).toEqual({ ...ANN, account: "linear:ann", linearTeams: ["ENG"] });
  expect(ports.asked).toEqual(["tracker linear:ann", "email ann@acme.test"]);
});

it("who was matched before is read anew on both sides", async () => {
  const ports = portsOf(member);
  const who = await readWho(ports, { id: ANN.id, account: "linear:ann" });
  expect(who).toEqual({ ...ANN, account: "linear:ann", linearTeams: ["ENG"] });
  expect(ports.asked).toEqual(["tracker linear:ann", "chat slack:U0ANN"]);
});

it.each<[string, TrackerPerson]>([
  ["nobody of that address in Slack", member],
  ["no address that anybody verified", { name: "Ann L.", kind: "member", linearTeams: ["ENG"] }],
])("with %s they are themselves, unmatched", async (_what, there) => {
  const ports: PeoplePorts = {
    ...portsOf(there),
    chat: { ...portsOf(there).chat, findPersonByEmail: async () => undefined },
  };
  expect(await readWho(ports, { id: "linear:ann" })).toEqual({
    id: "linear:ann",
    kind: "unmatched",
    name: "Ann L.",
    account: "linear:ann",
    linearTeams: ["ENG"],
  });
});

it.each(["guest", "bot", "unknown"] as const)(
  "a %s of the tracker stays that, whoever has the same address in Slack",
  async (kind) => {
    for (const person of [{ id: "linear:gil" }, { id: ANN.id, account: "linear:gil" }]) {
      const ports = portsOf({ ...member, kind });
      const who = await readWho(ports, person);
      expect(who).toEqual({ id: "linear:gil", kind, name: "Ann L.", account: "linear:gil" });
      expect(ports.asked).toEqual(["tracker linear:gil"]);
    }
  },
);

it.each(["guest", "bot", "outsider"] as const)("a member of the tracker who is a %s in Slack is that", async (kind) => {
  expect(await readWho(portsOf(member, { ...ANN, kind }), { id: "linear:ann" })).toMatchObject({ id: ANN.id, kind });
});

it("a tracker that cannot be asked decides nothing about anybody", async () => {
  const ports: PeoplePorts = { ...portsOf(member), tracker: { readPerson: () => Promise.reject(new Error("503")) } };
  await expect(readWho(ports, { id: "linear:ann" })).rejects.toThrow("503");
  const chat = { ...portsOf(member).chat, findPersonByEmail: () => Promise.reject(new Error("slack is away")) };
  await expect(readWho({ ...portsOf(member), chat }, { id: "linear:ann" })).rejects.toThrow("slack is away");
});

it("where the tracker is not connected any more, its people are nobody that Slack knows", async () => {
  const ports = portsOf(undefined);
  const { chat } = portsOf(undefined, undefined);
  const strangers = { ...chat, readPerson: async (id: string) => ({ id, kind: "unknown" as const, name: "somebody" }) };
  expect(await readWho({ ...ports, chat: strangers }, { id: "linear:ann" })).toMatchObject({ kind: "unknown" });
});

it("what is kept of a person is id, name and account, not what they may do", () => {
  expect(personOf({ ...ANN, account: "linear:ann", linearTeams: ["ENG"] })).toEqual({
    id: ANN.id,
    name: "Ann",
    account: "linear:ann",
  });
  expect(personOf(ANN)).toEqual({ id: ANN.id, name: "Ann" });
});
