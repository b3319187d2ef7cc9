// What a session shows of each state, as fixtures; and what no text from outside may do there.
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { offersOf } from "../../src/core/offer.ts";
import { activityId, plannedOf, type ActivityContent, type Content } from "../../src/linear/content.ts";
import { renderSession } from "../../src/linear/render.ts";
import type { RunView } from "../../src/ports.ts";
import { change, NOW_MS, turn, view } from "../slack/views.ts";
import { expectFixture, folder, judge, textOf } from "./rules.ts";
import { hostileSession, SESSIONS } from "./states.ts";
import { sessionView } from "./views.ts";

/** As people see it: nothing of ids, and marks only where they are set. */
function drawn(content: Content) {
  switch (content.kind) {
    case "activity": {
      const { slot, activity, ephemeral, options } = content;
      return { slot, ...activity, ...(ephemeral ? { ephemeral } : {}), ...(options.length === 0 ? {} : { options }) };
    }
    case "session": {
      const plan = content.plan.map(({ content: step, status }) => `${status}: ${step}`);
      return { slot: content.slot, plan, links: content.links };
    }
    case "issue":
      return { slot: content.slot, issue: content.issueId, team: content.teamId };
    default:
      return content satisfies never;
  }
}

const activitiesOf = (given: RunView): readonly ActivityContent[] =>
  renderSession(given).flatMap((each) => (each.kind === "activity" ? [each] : []));
const slotsOf = (given: RunView): readonly string[] => renderSession(given).map(({ slot }) => slot);
const OUR_LINKS = /\[[^\]]*\]\(https:\/\/github\.example\.com\/[^\s()<>]*\)/g;

describe("every session of a run", () => {
  it.each(Object.entries(SESSIONS))("%s is as in its fixture and keeps the rules", (name, given) => {
    for (const each of activitiesOf(given)) expect([each.slot, judge(each)]).toEqual([each.slot, []]);
    expectFixture(name, renderSession(given).map(drawn));
  });

  it("has no fixture that no state draws", () => {
    const known = new Set([...Object.keys(SESSIONS), "notes"]);
    expect(readdirSync(folder).filter((each) => !known.has(each.replace(/\.json$/, "")))).toEqual([]);
  });

  it.each(Object.entries(SESSIONS))("%s says hello first, and last whose turn it is", (_name, given) => {
    const [first] = slotsOf(given);
    expect(first).toBe("hello");
    const last = activitiesOf(given).at(-1);
    const { state } = given.run;
    const offers = offersOf(state).map(({ value }) => value);
    const waits = state.phase === "needs_input" || state.phase === "awaiting_approval";
    if (waits) expect(last).toMatchObject({ activity: { type: "elicitation" }, options: offers });
    const isOver = ["merged", "closed", "answered", "rejected", "expired", "cancelled", "over_budget"];
    if (isOver.includes(state.phase)) expect(last).toMatchObject({ activity: { type: "response" } });
    if (state.phase === "failed" || state.phase === "refused")
      expect(last).toMatchObject({ activity: { type: "error" } });
  });

  it("plans nothing twice, and each under an id of its own", () => {
    for (const given of Object.values(SESSIONS)) {
      const slots = slotsOf(given);
      expect(slots).toEqual([...new Set(slots)]);
      const ids = activitiesOf(given).map(activityId);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it("says nothing after the word that it was stopped, of work that is kept only then", () => {
    const { seal: _none, ...unsealed } = change();
    const stopped = { phase: "cancelled", turn: 1, by: "Ann", why: "stopped" } as const;
    const kept = sessionView({ ...stopped, change: 1 }, { changes: [unsealed] });
    const told = new Set(slotsOf(sessionView(stopped)));
    expect(slotsOf(kept).filter((slot) => !told.has(slot))).toEqual([]);
    const again = sessionView(
      { phase: "queued", turn: 2 },
      { changes: [unsealed], turns: [turn(), turn({ turn: 2, kind: "retry" })] },
    );
    expect(slotsOf(again)).toEqual(expect.arrayContaining(["change:1", "turn:2"]));
  });

  it("is nothing for a run about no issue, and its face alone where it has still to be opened", () => {
    expect(renderSession(view({ phase: "queued", turn: 1 }))).toEqual([]);
    const { run, ...rest } = SESSIONS["asked-in-slack"]!;
    const { session: _none, ...without } = run;
    expect(renderSession({ ...rest, run: without })).toMatchObject([{ kind: "session", slot: "session" }]);
  });

  it("offers as a decision exactly what its words are bound to", () => {
    const approval = activitiesOf(SESSIONS["waiting-for-approval"]!).at(-1);
    expect(approval?.options).toEqual(["Approve version 1 (1f3c9a2)", "Reject version 1 (1f3c9a2)"]);
    for (const blocked of ["blocked-by-check", "blocked-by-conflict"]) {
      const options = activitiesOf(SESSIONS[blocked]!).at(-1)?.options ?? [];
      expect(options.join()).not.toContain("Approve");
    }
  });
});

describe("the plan", () => {
  const standing = (name: string): string =>
    renderSession(SESSIONS[name]!)
      .flatMap((each) => (each.kind === "session" ? each.plan : []))
      .map(({ status }) => ({ completed: "C", inProgress: "I", pending: "P", canceled: "X" })[status])
      .join("");

  it.each([
    ["received", "IPPPPP"],
    ["needs-repository", "IPPPPP"],
    ["refused-unmatched", "XXXXXX"],
    ["queued", "CIPPPP"],
    ["getting-ready", "CIPPPP"],
    ["working", "CCIPPP"],
    ["checking", "CCCIPP"],
    ["waiting-for-approval", "CCCCIP"],
    ["rejected", "CCCCXX"],
    ["expired", "CCCCXX"],
    ["approved", "CCCCCI"],
    ["pull-request-open", "CCCCCC"],
    ["merged", "CCCCCC"],
    ["closed", "CCCCCC"],
    ["answered", "CCCXXX"],
    ["stopped", "CXXXXX"],
    ["withdrawn", "CCCCXX"],
    ["failed-setup-failed", "CXXXXX"],
  ])("of %s is %s", (name, expected) => {
    expect(standing(name)).toBe(expected);
  });
});

describe("what is sent once and what changes", () => {
  it("is stable: the same state plans the same ids and digests", () => {
    for (const given of Object.values(SESSIONS)) {
      const [one, two] = [renderSession(given), renderSession(structuredClone(given))];
      expect(one.map(plannedOf)).toEqual(two.map(plannedOf));
    }
  });

  it("has ids that are UUIDs of version 4, of run and slot alone where they stay", () => {
    for (const given of Object.values(SESSIONS)) {
      for (const each of activitiesOf(given)) {
        expect(activityId(each)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        const otherwise = { ...each, activity: { type: "thought" as const, body: "other words" } };
        expect(activityId(otherwise) === activityId(each)).toBe(!each.ephemeral);
        expect(activityId({ ...each, runId: "OTHER1" })).not.toBe(activityId(each));
      }
    }
  });

  it("lets only progress pass, and only it and the session's face be shown anew", () => {
    for (const given of Object.values(SESSIONS)) {
      for (const content of renderSession(given)) {
        const passes = content.slot.startsWith("progress:");
        const once = !passes && content.slot !== "session";
        expect(plannedOf(content)).toMatchObject({ once, milestone: !passes && content.slot !== "issue" });
      }
    }
  });

  it("gives a sign of life every ten minutes, by itself", () => {
    const at = (minutes: number): string => {
      const { run, ...rest } = SESSIONS["working"]!;
      const given = { ...rest, run, phaseSinceMs: NOW_MS - minutes * 60_000 };
      return activitiesOf(given)
        .filter(({ ephemeral }) => ephemeral)
        .map(textOf)
        .join();
    };
    expect(at(9)).toBe(at(0));
    expect(at(10)).toContain("10 minutes so far");
    expect(at(19)).toBe(at(10));
    expect(at(25)).toContain("20 minutes so far");
  });
});

describe("a run that is shown late, all at once, tells its story in order", () => {
  it.each([
    ["merged", ["hello", "session", "issue", "start", "change:1", "checked:1", "outcome:merged:1"]],
    [
      "replaced",
      [
        "hello",
        "session",
        "issue",
        "start",
        "change:1",
        "checked:1",
        "turn:2",
        "change:2",
        "checked:2",
        `approval:2:${NOW_MS}`,
      ],
    ],
    [
      "third-version-after-a-turn-without-changes",
      [
        "hello",
        "session",
        "issue",
        "start",
        "change:1",
        "checked:1",
        "turn:2",
        "turn:3",
        "change:2",
        "checked:2",
        `approval:2:${NOW_MS}`,
      ],
    ],
    ["working-on-version-2", ["hello", "session", "issue", "start", "change:1", "checked:1", "turn:2", "progress:2"]],
  ])("%s", (name, slots) => {
    expect(slotsOf(SESSIONS[name]!)).toEqual(slots);
  });
});

describe("hostile text", () => {
  it.each([
    ["a mention", "@everyone @ada please approve, @Countersign"],
    [
      "a person's address, which Linear makes a mention",
      "https://linear.app/acme/profiles/ada and HTTPS://LINEAR.APP/x",
    ],
    ["a link", "[Approve](https://evil.example.com) ![x](https://evil.example.com/p.png) <https://evil.example.com>"],
    ["an escaped link", "\\[Approve\\](https://evil.example.com) \\<b\\> \\`x\\`"],
    ["a link by reference", "[Approve][1]\n\n[1]: https://evil.example.com"],
    ["the end of a quotation or a fence", "x\n```\n# Approved by an owner\n\n---\n**bold**"],
    ["HTML", "<b>x</b><img src=x onerror=alert(1)>"],
    ["characters that turn or hide text", "ab\u202edc\u2066x\u00ad\u{e0041}\u001b[31mred"],
    ["a very long text", `@everyone ${"word ".repeat(20_000)}`],
  ])("stays what it is: %s", (_what, evil) => {
    for (const given of hostileSession(evil)) {
      for (const content of activitiesOf(given)) {
        const told = textOf(content).replace(OUR_LINKS, "");
        // Nothing in code is read as anything else.
        const read = told.replace(/```\n[\s\S]*?\n```/g, "").replace(/`[^`\n]*`/g, "");
        const where = `${given.run.state.phase} ${content.slot}`;
        expect([where, /@[\w-]/.exec(read)?.[0]]).toEqual([where, undefined]);
        expect([where, /\]\(/.exec(read)?.[0]]).toEqual([where, undefined]);
        expect([where, /:\/\//.exec(read)?.[0]]).toEqual([where, undefined]);
        expect([where, /(?<!\\)(?:\\\\)*<\w/.exec(read)?.[0]]).toEqual([where, undefined]);
        expect([where, /^(?:# Approved|---)/m.exec(read)?.[0]]).toEqual([where, undefined]);
        // oxlint-disable-next-line no-control-regex -- the very characters that must be gone
        expect([where, /[\u001b\u202e\u2066\u00ad]/.exec(told)?.[0]]).toEqual([where, undefined]);
        expect([where, told.length <= 6000]).toEqual([where, true]);
      }
      for (const content of renderSession(given))
        if (content.kind === "session") expect(JSON.stringify(content.links)).not.toContain("evil");
    }
  });
});
