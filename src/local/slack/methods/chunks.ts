// The pieces of a stream: what is a valid one, and what it does to the message.
import { byType, link, list, may, must, oneOf, shape, text, type Check } from "../checks.ts";
import { Refusal } from "../context.ts";
import { objectsOf, textOf, type Json } from "../json.ts";
import type { Stream, Task, World } from "../world.ts";
import { readBlocks } from "./content.ts";

const FIELD_MAX = 256;
const MARKDOWN_MAX = 12_000;
const BLOCKS_MAX = 50;

const anything: Check = () => {};
const type = must(text(60));
const chunk = byType({
  markdown_text: shape({ type, text: must(text(1_000_000, 0)) }),
  plan_update: shape({ type, title: must(text(FIELD_MAX)) }),
  task_update: shape({
    type,
    id: must(text(255)),
    title: must(text(FIELD_MAX)),
    status: must(oneOf("pending", "in_progress", "complete", "error")),
    details: may(text(FIELD_MAX, 0)),
    output: may(text(FIELD_MAX, 0)),
    sources: may(
      list(shape({ type: must(oneOf("url")), url: must(link(3000)), text: must(text(FIELD_MAX)) }), {
        min: 0,
        max: 50,
      }),
    ),
  }),
  blocks: shape({ type, blocks: must(anything) }),
});

export function checkChunks(world: World, raw: unknown): readonly Json[] {
  const problems: string[] = [];
  list(chunk, { min: 0, max: 1000 })(raw, "/chunks", problems);
  if (problems.length > 0) throw new Refusal("invalid_chunks", problems);
  const chunks = objectsOf(raw);
  for (const each of chunks) {
    if (each["type"] === "markdown_text" && textOf(each["text"]).length > MARKDOWN_MAX)
      throw new Refusal("msg_too_long");
    if (each["type"] !== "blocks") continue;
    if (objectsOf(each["blocks"]).length > BLOCKS_MAX) throw new Refusal("msg_blocks_too_many");
    readBlocks(world, each["blocks"]);
  }
  return chunks;
}

/** The texts that were added. */
export function applyChunks(stream: Stream, chunks: readonly Json[]): readonly string[] {
  const added = chunks.flatMap((each) => (each["type"] === "blocks" ? objectsOf(each["blocks"]) : []));
  if (stream.chunkBlocks.length + added.length > BLOCKS_MAX) throw new Refusal("msg_blocks_too_many");
  stream.chunkBlocks = [...stream.chunkBlocks, ...added];
  const texts: string[] = [];
  for (const each of chunks) {
    if (each["type"] === "plan_update") stream.planTitle = textOf(each["title"]);
    if (each["type"] === "task_update") updateTask(stream, each);
    if (each["type"] === "markdown_text") {
      stream.text += textOf(each["text"]);
      texts.push(textOf(each["text"]));
    }
  }
  return texts;
}

// Title and status replace; details and output are deltas.
function updateTask(stream: Stream, given: Json): void {
  const id = textOf(given["id"]);
  let task = stream.tasks.find((each) => each.id === id);
  if (task === undefined) {
    task = { id, title: "", status: "pending", details: "", output: "", sources: [] };
    stream.tasks.push(task);
  }
  task.title = textOf(given["title"]);
  task.status = textOf(given["status"]);
  task.details += textOf(given["details"]);
  task.output += textOf(given["output"]);
  task.sources = [...task.sources, ...objectsOf(given["sources"])];
}

/** A finished stream is an ordinary message: these are its blocks. */
export function streamBlocks(stream: Stream): readonly Json[] {
  const cards = stream.tasks.map(taskCard);
  const plan = stream.displayMode === "plan" && (cards.length > 0 || stream.planTitle !== "");
  const shown = plan
    ? [{ type: "plan", title: stream.planTitle === "" ? "Plan" : stream.planTitle, tasks: cards }]
    : cards;
  const text = stream.text.trim() === "" ? [] : [{ type: "markdown", text: stream.text }];
  return [...shown, ...text, ...stream.chunkBlocks];
}

function taskCard(task: Task): Json {
  return {
    type: "task_card",
    task_id: task.id,
    title: task.title,
    status: task.status,
    ...(task.details === "" ? {} : { details: rich(task.details) }),
    ...(task.output === "" ? {} : { output: rich(task.output) }),
    ...(task.sources.length === 0 ? {} : { sources: task.sources }),
  };
}

function rich(words: string): Json {
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: words }] }] };
}
