import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { DIAGRAM_START, drawPhases, placeDiagram } from "../../src/core/diagram.ts";
import { ARROWS } from "../../src/core/run.ts";

const drawn = drawPhases(ARROWS);
const readme = new URL("../../README.md", import.meta.url);
const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";

it("draws every move from one phase to another", () => {
  const lines = drawn.split("\n");
  for (const { from, event, to } of ARROWS) {
    const word = event.replaceAll("_", " ");
    for (const source of from) {
      for (const target of to) {
        if (source === target) continue;
        const gathered = lines.includes(`  any_${event} --> ${target}: ${word}`);
        const single = lines.some((line) => line.startsWith(`  ${source} --> ${target}:`) && line.includes(word));
        expect(gathered || single, `${source} ${event} ${target}`).toBe(true);
        if (gathered) expect(drawn).toMatch(new RegExp(`state "[^"]*\\b${source}\\b[^"]*" as any_${event}`));
      }
    }
  }
});

it("draws no move that the table does not have", () => {
  const moves = [...drawn.matchAll(/^ {2}(\w+) --> (\w+): (.+)$/gm)];
  expect(moves.length).toBeGreaterThan(20);
  for (const [, source = "", target = "", words = ""] of moves) {
    for (const word of words.split(", ")) {
      const event = word.replaceAll(" ", "_");
      const has = ARROWS.some(
        (arrow) =>
          arrow.event === event &&
          arrow.to.some((phase) => phase === target) &&
          (source === `any_${event}` || arrow.from.some((phase) => phase === source)),
      );
      expect(has, `${source} ${event} ${target}`).toBe(true);
    }
  }
});

it("ends exactly the phases that nothing leaves", () => {
  const ends = [...drawn.matchAll(/^ {2}(\w+) --> \[\*\]$/gm)].map((match) => match[1]);
  expect(new Set(ends)).toEqual(new Set(["closed", "expired", "merged", "refused", "rejected"]));
});

it("puts the picture between the markers and touches nothing else", () => {
  const before = `# Title\n\n${DIAGRAM_START}\nold\n<!-- /phases -->\n\nrest\n`;
  const placed = placeDiagram(before, drawn) ?? "";
  expect(placed.startsWith("# Title\n\n")).toBe(true);
  expect(placed.endsWith("\n\nrest\n")).toBe(true);
  expect(placed).not.toContain("old");
  expect(placeDiagram(placed, drawn)).toBe(placed);
  expect(placeDiagram("no markers", drawn)).toBeUndefined();
});

it("is what README.md shows", (context) => {
  if (!text.includes(DIAGRAM_START)) {
    console.log("skipped: README.md has no markers for the diagram yet");
    context.skip();
  }
  expect(placeDiagram(text, drawn), "run: node scripts/diagram.ts").toBe(text);
});
