import { describe, expect, it, test } from "vitest";
import { readSegments, type Segment } from "../../src/web/phases.ts";
import { renderRibbon } from "../../src/web/ribbon.ts";
import { renderSealmark } from "../../src/web/sealmark.ts";
import { createTimes, wordDuration } from "../../src/web/times.ts";
import { canChange, renderPhase, wordCause, wordProblem, wordRefusal } from "../../src/web/words.ts";
import { END_PHASES } from "../../src/core/run.ts";
import { at, chain, sha256, type Written } from "./record.ts";
import { openScene, waitingScene } from "./scenes.ts";

function told(segments: readonly Segment[]): readonly (readonly [string, number])[] {
  return segments.map((segment) => [segment.stretch, (segment.toMs - segment.fromMs) / 1000]);
}

describe("time by phase", () => {
  it("is read from the record of a run that was published", () => {
    expect(told(readSegments(openScene().events, at(5000)))).toEqual([
      ["queue", 3],
      ["ready", 49],
      ["agent", 246],
      ["checks", 42],
      ["approval", 283],
      ["publishing", 5],
    ]);
  });

  it("goes on to now while the run waits, and counts both turns", () => {
    const segments = told(readSegments(waitingScene().events, at(900)));
    expect(segments.at(-1)).toEqual(["approval", 50]);
    expect(segments.filter(([stretch]) => stretch === "agent")).toHaveLength(2);
    expect(segments.reduce((sum, [, seconds]) => sum + seconds, 0)).toBe(900);
  });

  test.each<[string, readonly Written[], readonly (readonly [string, number])[]]>([
    [
      "work kept after a stop counts no checks",
      [
        { kind: "requested", at: 0 },
        { kind: "dispatched", at: 1 },
        { kind: "agent_started", at: 2 },
        { kind: "stopped", at: 10 },
        { kind: "change_frozen", at: 14 },
      ],
      [
        ["queue", 1],
        ["ready", 1],
        ["agent", 8],
      ],
    ],
    [
      "a void approval waits again",
      [
        { kind: "requested", at: 0 },
        { kind: "approval_asked", at: 1 },
        { kind: "approved", at: 5 },
        { kind: "approval_void", at: 6 },
      ],
      [
        ["queue", 1],
        ["approval", 4],
        ["publishing", 1],
        ["approval", 94],
      ],
    ],
    [
      "a question back waits for its answer",
      [
        { kind: "requested", at: 0 },
        { kind: "asked", at: 1 },
        { kind: "answered_question", at: 31 },
        { kind: "refused", at: 32 },
        { kind: "answered_question", at: 40 },
      ],
      [
        ["queue", 1],
        ["answer", 30],
        ["queue", 1],
      ],
    ],
  ])("%s", (_says, written, expected) => {
    expect(told(readSegments(chain("7KAAAA", written), at(100)))).toEqual(expected);
  });

  it("draws bars that fill the width and never more", () => {
    const text = renderRibbon(readSegments(waitingScene().events, at(900)))?.text ?? "";
    const bars = [...text.matchAll(/x="([\d.]+)%" width="([\d.]+)%"/g)].map(
      (match) => Number(match[1]) + Number(match[2]),
    );
    expect(bars.length).toBeGreaterThan(5);
    expect(bars.at(-1)).toBeCloseTo(100, 1);
    expect(text).toContain("free, 2 times");
  });
});

describe("the sealmark", () => {
  const rays = (digest: string): readonly string[] => renderSealmark(digest).text.match(/M[^M"]+L[^M"]+/g) ?? [];

  it("draws 28 rays, the first straight up, as long as its digit", () => {
    expect(rays("0".repeat(64))).toHaveLength(28);
    expect(rays("0".repeat(64))[0]).toBe("M0 -11L0 -12");
    expect(rays("f".repeat(64))[0]).toBe("M0 -11L0 -17.6");
  });

  it("looks different for another digest and never takes text for one", () => {
    expect(renderSealmark(sha256("a")).text).not.toBe(renderSealmark(sha256("b")).text);
    expect(rays('"><script>')).toEqual([]);
  });
});

test.each<[number, string]>([
  [0, "0 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [246_000, "4 min 6 s"],
  [7_500_000, "2 h 5 min"],
  [7 * 86_400_000, "7 d"],
  [-5, "0 s"],
])("%i ms are %s", (ms, words) => {
  expect(wordDuration(ms)).toBe(words);
});

it("tells times in the zone it was given, near or far", () => {
  const times = createTimes("Asia/Tokyo");
  expect(times.clock(at(0))).toBe("19:02:08");
  expect(times.near(at(0), at(100))).toBe("Mon 19:02");
  expect(times.near(at(0), at(30 * 86_400))).toBe("23 Nov 19:02");
  expect(times.near(at(0), at(90 * 86_400))).toBe("23 Nov 2026 19:02");
});

it("looks again at a run only while it can change", () => {
  expect(END_PHASES.filter(canChange)).toEqual([]);
  expect(canChange("pr_open") && canChange("awaiting_approval") && canChange("working")).toBe(true);
  expect(renderPhase("working").text).toContain("spin");
  expect(renderPhase("merged").text).toContain("pill-done");
});

it("has a sentence for every refusal, cause and problem", () => {
  expect(wordRefusal({ kind: "nobody-else", repository: "acme/website" })).toContain("somebody else");
  expect(wordRefusal({ kind: "no-policy", detail: "none was loaded" })).toContain("none was loaded");
  expect(wordCause({ kind: "model-refused", secret: "ANTHROPIC_API_KEY", status: 401 }).says).toBe(
    "The model account refused ANTHROPIC_API_KEY (401).",
  );
  expect(wordCause({ kind: "time-used-up", limitMs: 1_800_000 }).says).toBe("The time was used up: 30 min.");
  expect(wordProblem({ kind: "too-many-files", files: 63, limit: 40 })).toBe("it has 63 files; the rules allow 40");
  expect(wordProblem({ kind: "path-denied", path: ".github/ci.yml", rule: ".github/**" })).toContain(".github/ci.yml");
});
