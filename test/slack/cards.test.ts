import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { noteContentSchema, type NoteContent } from "../../src/core/notes.ts";
import { validateBlocks } from "../../src/local/slack/blocks.ts";
import { formFailedAnswer, helpAnswer, notHereAnswer, notYetAnswer, tooLongAnswer } from "../../src/slack/answers.ts";
import { renderAskForm, renderRejectForm, renderRequestChangesForm } from "../../src/slack/forms.ts";
import { planSlots } from "../../src/slack/render.ts";
import { renderNote } from "../../src/slack/render-notes.ts";
import { renderPlatformRequest } from "../../src/slack/render-posts.ts";
import { planBlocks } from "../../src/slack/render-stream.ts";
import type { RunView } from "../../src/ports.ts";
import { judgeMessage, mentionsOf, unescape, type Shown } from "./rules.ts";
import { hostileView, STATES } from "./states.ts";
import { scene, view } from "./views.ts";
import { MARKETING, OWNERS, REQUESTER } from "./workspace.ts";

const folder = new URL("cards/", import.meta.url);
const updates = process.env["UPDATE_CARDS"] === "1";

/** Compares with the fixture of this name; `UPDATE_CARDS=1` writes it anew, to be formatted and looked at. */
function expectFixture(name: string, value: unknown): void {
  const path = new URL(`${name}.json`, folder);
  const text = JSON.stringify(value, null, 2);
  if (updates) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, `${text}\n`);
  }
  expect(existsSync(path), `fixture ${name}.json`).toBe(true);
  expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(path, "utf8")));
}

interface Drawn extends Shown {
  readonly slot: string;
  readonly role: "card" | "private" | "plan";
  readonly home: string;
  readonly wakes?: unknown;
}

function draw(given: RunView, links = new Map<string, string>()): readonly Drawn[] {
  return planSlots(scene(given, { cardLinks: links })).map((slot) => {
    if (slot.kind === "stream") {
      const { text } = slot.plan;
      return { slot: slot.slot, role: "plan" as const, home: "thread", text, blocks: planBlocks(slot.plan) };
    }
    const { face } = slot;
    const home = slot.kind === "private" ? "requester" : slot.home;
    return { slot: slot.slot, role: slot.kind === "private" ? "private" : "card", home, ...face };
  });
}

function withWakes(drawn: Drawn): Shown {
  return { text: drawn.text, blocks: drawn.wakes === undefined ? drawn.blocks : [...drawn.blocks, drawn.wakes] };
}

describe("every card of a run", () => {
  it.each(Object.entries(STATES))("%s is as in its fixture and keeps the rules", (name, given) => {
    const drawn = draw(given);
    for (const each of drawn) {
      expect([each.slot, judgeMessage(withWakes(each), each.role)]).toEqual([each.slot, []]);
      expect(mentionsOf(each), `${each.slot} without its wake`).toEqual([]);
    }
    const perVersion = drawn.filter(
      (each) => !/^(?:pointer|ci):/.test(each.slot) && !each.slot.startsWith("approval:"),
    );
    expect(perVersion.length + 1).toBeLessThanOrEqual(4);
    expectFixture(name, drawn);
  });

  it("has no fixture that no state draws", () => {
    const known = new Set([...Object.keys(STATES), "notes", "forms", "answers", "platform-request"]);
    expect(readdirSync(folder).filter((each) => !known.has(each.replace(/\.json$/, "")))).toEqual([]);
  });

  it.each([
    ["waiting-for-approval", "approval:1", [OWNERS]],
    ["waiting-in-review-channel", "approval:1", [OWNERS]],
    ["needs-repository", "card", [REQUESTER]],
    ["pull-request-open", "outcome:1", [REQUESTER]],
    ["merged", "outcome:1", [REQUESTER]],
    ["rejected", "outcome:1", [REQUESTER]],
    ["failed-setup-failed", "outcome:1", [REQUESTER]],
    ["stopped", "outcome:1", [REQUESTER]],
  ])("%s wakes by %s exactly whom it should", (name, slot, woken) => {
    const drawn = draw(STATES[name]!);
    expect(drawn.flatMap((each) => mentionsOf(withWakes(each)).map((who) => [each.slot, who]))).toEqual(
      woken.map((who) => [slot, who]),
    );
  });

  it("does not wake a requester for what they did themselves", () => {
    expect(draw(STATES["withdrawn"]!).map(({ slot }) => slot)).toEqual(["card", "approval:1", "stream:1"]);
  });

  it("links a replaced card and a pointer to where the card stands", () => {
    const links = new Map([["approval:2", "https://acme.example.com/archives/C1/p2?thread_ts=1.2&cid=C1"]]);
    const replaced = draw(STATES["replaced"]!, links).find(({ slot }) => slot === "approval:1");
    expect(replaced?.blocks).toHaveLength(2);
    expect(JSON.stringify(replaced)).toContain(
      "<https://acme.example.com/archives/C1/p2?thread_ts=1.2&cid=C1|version 2 →>",
    );
  });

  it("confirms an approval with warnings, and only then", () => {
    const buttonOf = (name: string) => JSON.stringify(draw(STATES[name]!).find(({ slot }) => slot === "approval:1"));
    expect(buttonOf("waiting-with-warnings")).toContain('"confirm":{"title"');
    expect(buttonOf("waiting-for-approval")).not.toContain('"confirm"');
    expect(buttonOf("blocked-by-check")).not.toContain('"approve"');
    expect(buttonOf("blocked-by-conflict")).not.toContain('"approve"');
  });
});

const EVIL = [
  ["a channel mention", "<!channel> <!here> @channel @everyone"],
  ["a person's mention", "<@U0OWNER> <!subteam^S0WEBOWNERS|@web-owners>"],
  ["a link that lies", "<https://evil.example.com|acme.example.com> [acme](https://evil.example.com)"],
  ["terminal colours", "\u001b[31mApproved by Web owner\u001b[0m\u001b]8;;https://evil.example.com\u0007x"],
  ["characters that turn or hide text", "ab\u202edc\u2066x\u200b\u00ad\u{e0041}"],
  ["marks of formatting", "*bold* _it_ ~no~ `code` ```block``` > quote &amp; &lt;@U1&gt;"],
  ["a very long prompt", `<!channel> ${"word ".repeat(8000)}`],
  ["nothing but spaces", "   \n\n  "],
] as const;

describe("hostile text", () => {
  it.each(EVIL)("%s wakes nobody and breaks no rule on any card", (_what, evil) => {
    const quiet = { owners: { people: [], groups: [] } };
    for (const slot of planSlots(scene(hostileView(evil), quiet))) {
      if (slot.kind === "stream") continue;
      const shown = { text: slot.face.text, blocks: slot.face.blocks };
      expect([slot.slot, mentionsOf(shown)]).toEqual([slot.slot, []]);
      expect([slot.slot, judgeMessage(shown, "card").filter((each) => !/exclamation|icon/.test(each))]).toEqual([
        slot.slot,
        [],
      ]);
      // oxlint-disable-next-line no-control-regex -- the very characters that must be gone
      expect(JSON.stringify(shown)).not.toMatch(/\\u001b|[\u202e\u2066\u200b]/);
    }
  });

  it.each(EVIL)("%s in names of people, groups and runs stays inert in private answers", (_what, evil) => {
    const names = { person: () => evil, group: () => evil };
    const given = { view: hostileView(evil), names, cardLinks: new Map<string, string>() };
    const said = [
      renderNote(given, { kind: "not_owner", repository: evil, ownerGroups: ["S1"] }),
      renderNote(given, { kind: "status", runs: [{ id: "7KQ2ZZ", title: evil, phase: "working", repository: evil }] }),
      renderNote(given, { kind: "not_approvable", change: 1, blocking: [evil], conflict: false }),
    ];
    for (const shown of said) {
      expect(mentionsOf(shown)).toEqual([]);
      expect(validateBlocks(shown.blocks, "message")).toEqual([]);
      expect(unescape(shown.text).length).toBeLessThanOrEqual(110);
    }
  });
});

const NOTES: readonly NoteContent[] = [
  { kind: "not_owner", repository: "acme/website", ownerGroups: [OWNERS] },
  { kind: "requester_cannot", change: 1 },
  { kind: "prompt_author", change: 1 },
  { kind: "too_late", change: 1, current: 2 },
  { kind: "too_late", change: 1 },
  { kind: "already_voted", change: 1 },
  { kind: "already_decided", change: 1 },
  { kind: "expired", change: 1 },
  { kind: "unreadable_authority", ownerGroups: [OWNERS] },
  { kind: "not_approvable", change: 1, blocking: ["test"], conflict: false },
  { kind: "not_approvable", change: 1, blocking: [], conflict: true },
  { kind: "vote_counted", change: 1, approvals: 1, required: 2 },
  { kind: "not_yours", act: "stop", askGroups: [OWNERS, "S0PLATFORM"] },
  { kind: "not_now" },
  { kind: "busy" },
  { kind: "run_over" },
  { kind: "stop_answer", outcome: "stopped", runs: [] },
  { kind: "stop_answer", outcome: "over", runs: [] },
  { kind: "stop_answer", outcome: "none", runs: [] },
  {
    kind: "stop_answer",
    outcome: "which",
    runs: [
      { id: "7KQ2ZZ", title: "Raise the price", phase: "working", repository: "acme/website" },
      { id: "8KQ2ZZ", title: "Mend the footer", phase: "queued" },
    ],
  },
  {
    kind: "status",
    runs: [{ id: "7KQ2ZZ", title: "Raise the price", phase: "awaiting_approval", repository: "acme/website" }],
  },
  { kind: "status", runs: [] },
  { kind: "status", asked: "9KQ2ZZ", runs: [] },
  { kind: "help" },
  { kind: "not_here" },
  { kind: "card_link", change: 1 },
  { kind: "mention_waiting", mentionKey: "17" },
  { kind: "question_not_yet", mentionKey: "17" },
  { kind: "mention_dropped" },
  { kind: "thanks" },
  { kind: "choose_one" },
  { kind: "ask_platform_posted", channel: "C0PLATFORM", again: false },
  { kind: "ask_platform_posted", channel: "C0PLATFORM", again: true },
  { kind: "ask_platform_nobody" },
];

describe("private answers", () => {
  it("are as in their fixture and keep the rules, each kind of them", () => {
    const given = scene(STATES["working"]!, {
      cardLinks: new Map([["approval:1", "https://acme.example.com/archives/C1/p1"]]),
    });
    const drawn = NOTES.flatMap((content) => {
      if (content.kind === "platform_request" || content.kind === "full_diff" || content.kind === "full_log") return [];
      const shown = renderNote(given, content);
      expect([content.kind, judgeMessage(shown, "private")]).toEqual([content.kind, []]);
      expect(mentionsOf(shown)).toEqual([]);
      return [{ content, ...shown }];
    });
    const elsewhere = ["platform_request", "full_diff", "full_log"];
    const kinds = noteContentSchema.options.map((option) => option.shape.kind.value);
    expect(new Set([...NOTES.map(({ kind }) => kind), ...elsewhere])).toEqual(new Set(kinds));
    expectFixture("notes", drawn);
  });

  it("that need no store keep the rules too", () => {
    const answers = [helpAnswer(), notYetAnswer("usage"), tooLongAnswer(41_000), notHereAnswer(), formFailedAnswer()];
    for (const shown of answers) expect(judgeMessage(shown, "private")).toEqual([]);
    expectFixture("answers", answers);
  });
});

describe("posts and forms", () => {
  it("tells platform who asks, which rule it was and what was wanted", () => {
    const face = renderPlatformRequest(scene(STATES["refused-no-repository"]!), {
      id: `slack:${REQUESTER}`,
      name: "Marketing requester",
    });
    expect(judgeMessage(face, "card")).toEqual([]);
    expect(mentionsOf(face)).toEqual([]);
    expectFixture("platform-request", face);
  });

  it("draws forms that Slack accepts", () => {
    const at = { channel: MARKETING, run: "7KQ2ZZ", change: 1 };
    const forms = [
      renderAskForm(at, { text: "hlep", repository: "acme/website" }),
      renderAskForm(at, { text: "x".repeat(5000) }),
      renderRejectForm(at),
      renderRequestChangesForm(at),
    ];
    for (const form of forms) {
      expect(validateBlocks(form.blocks, "modal")).toEqual([]);
      expect(form.title.text.length).toBeLessThanOrEqual(24);
      expect(form.submit?.text.length ?? 0).toBeLessThanOrEqual(24);
    }
    expectFixture("forms", [forms[0], forms[2], forms[3]]);
  });

  it("draws nothing before anything is decided", () => {
    expect(draw(view({ phase: "received" }, { turns: [] }))).toEqual([]);
  });
});
