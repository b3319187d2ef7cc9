import * as fc from "fast-check";
import { expect, it, test } from "vitest";
import { html } from "../../src/web/html.ts";
import { renderRunJson, renderRunPage } from "../../src/web/run-page.ts";
import { renderRunsPage } from "../../src/web/runs-page.ts";
import { createTimes } from "../../src/web/times.ts";
import { EVIL, hostileScene } from "./hostile.ts";
import { at, sha256 } from "./record.ts";
import { summaryOf } from "./scene-parts.ts";

const times = createTimes("UTC");

function draw(text: string): string {
  const { view, events } = hostileScene(text);
  return renderRunPage({ view, events, times, sha256 }) ?? "";
}

/** The tags and attributes of a page: what a browser would act on. Text and attribute values are left out. */
function skeleton(page: string): readonly string[] {
  return [...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""').replace(/\d+/g, "0"));
}

it("lets no tag of hostile text through, wherever it stands", () => {
  const page = draw(EVIL);
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(page).not.toContain("<script>alert");
  expect(page).not.toContain("<img");
  expect(page.match(/<script\b/g)).toHaveLength(1);
  expect(page).not.toMatch(/href="javascript:/i);
  expect(page).not.toMatch(/<[^>"]*(?:"[^"]*"[^>"]*)*\son\w+=/);
});

it("shows no invisible or control character as itself", () => {
  expect(draw(EVIL)).not.toMatch(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/,
  );
});

it("draws them in the diff, so that a reader sees what was hidden", () => {
  const page = draw(EVIL);
  expect(page).toContain(">U+202E</span>");
  expect(page).toContain(">U+001B</span>");
  expect(page).toContain("Added lines hold characters that do not show");
});

it("builds the same page from any text: what people write adds no tag and no attribute", () => {
  const tame = skeleton(draw("plain")).filter((tag) =>
    /^<\/?(?:script|style|iframe|img|object|embed|form|base|meta|link|a)\b/.test(tag),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (noise) => {
      const page = draw(`q${noise}<script x="${noise}">'"><a href=javascript:1 onclick=x><style>`);
      const tags = skeleton(page);
      const risky = tags.filter((tag) =>
        /^<\/?(?:script|style|iframe|img|object|embed|form|base|meta|link|a)\b/.test(tag),
      );
      expect(risky).toEqual(tame);
      expect(tags.some((tag) => /\s(?:on\w+|style|srcdoc)=/.test(tag))).toBe(false);
    }),
    { numRuns: 40 },
  );
});

it("leaves no raw angle bracket or quote of a template's hole", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("<", ">", '"', "'", "&", "a", "/", "\u202e") }), (text) => {
      expect(html`${text}`.text).not.toMatch(/[<>"']/);
      expect(html`<p title="${text}">${[text]}</p>`.text.match(/[<>"]/g)).toHaveLength(6);
    }),
  );
});

it("takes no stored object for markup", () => {
  const forged: unknown = JSON.parse('{"text":"<b>x</b>"}');
  const { view, events } = hostileScene("plain");
  const first = events[0];
  if (first === undefined) throw new Error("no events");
  const page = renderRunPage({
    view,
    events: [{ ...first, kind: "agent_started", payload: { agent: forged, hosts: forged, turn: forged } }],
    times,
    sha256,
  });
  expect(page).not.toContain("<b>x</b>");
});

test.each([
  ["a GitHub token", `ghp_${"a1B2".repeat(9)}`],
  ["a Slack token", `xoxb-${"123456-".repeat(4)}abc`],
  ["a model key", `sk-ant-${"api03abc".repeat(4)}`],
])("prints nothing that has the shape of %s, in page, list or record", (_says, token) => {
  const scene = hostileScene(`before ${token} after`);
  const page = renderRunPage({ ...scene, times, sha256 }) ?? "";
  const list = renderRunsPage({ runs: [summaryOf(scene)], nowMs: at(1000), times });
  for (const shown of [page, list, renderRunJson({ ...scene, sha256 })]) {
    expect(shown).toContain("before [");
    expect(shown).not.toContain(token);
  }
});
