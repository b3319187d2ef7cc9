// Draws the life of a run into README.md, between its markers.
import { readFileSync, writeFileSync } from "node:fs";
import { DIAGRAM_END, DIAGRAM_START, drawPhases, placeDiagram } from "../src/core/diagram.ts";
import { ARROWS } from "../src/core/run.ts";

const readme = new URL("../README.md", import.meta.url);
const placed = placeDiagram(readFileSync(readme, "utf8"), drawPhases(ARROWS));
if (placed === undefined) {
  console.error(`README.md has no ${DIAGRAM_START} … ${DIAGRAM_END}: put both where the diagram belongs.`);
  process.exitCode = 1;
} else {
  writeFileSync(readme, placed);
  console.log("README.md shows the life of a run as the table in src/core/run.ts has it.");
}
