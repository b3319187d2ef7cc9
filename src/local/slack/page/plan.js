// The plan of a run: live from a stream, or finished as a plan block.
import { h, icon } from "./dom.js";
import { link } from "./mrkdwn.js";
import { inline } from "./rich-text.js";

const LOOKS = {
  complete: { icon: "check", tone: "t-good", says: "done" },
  in_progress: { icon: "half", tone: "t-run", says: "now" },
  pending: { icon: "todo", tone: "", says: "to do" },
  error: { icon: "x", tone: "t-bad", says: "did not work" },
};

export function planNode(title, tasks) {
  return h(
    "div",
    { class: "plan", role: "group", "aria-label": title || "Task" },
    title ? h("p", { class: "plan-t" }, title) : null,
    h("ol", {}, ...tasks),
  );
}

/** Words of a rich_text block, or plain text of a stream. */
function words(value) {
  if (value === undefined || value === "") return undefined;
  if (typeof value === "string") return [value];
  return value.elements.flatMap((element) => inline(element.elements));
}

export function taskNode(task) {
  const look = LOOKS[task.status] ?? LOOKS.pending;
  const details = words(task.details);
  const output = words(task.output);
  const sources = task.sources ?? [];
  const head = [
    h("span", { class: `task-ic ${look.tone}` }, icon(look.icon, task.status === "in_progress" ? "spin" : "")),
    h("span", { class: "task-t" }, task.title),
    h("span", { class: "vh" }, `, ${look.says}`),
  ];
  const className = `task task-${task.status}`;
  if (details === undefined && output === undefined && sources.length === 0)
    return h("li", { class: className }, h("div", { class: "task-h" }, ...head));
  const part = `task/${task.task_id ?? task.id}`;
  const fold = h(
    "details",
    { "data-part": part, open: task.status === "in_progress" || task.status === "error" },
    h("summary", { class: "chev-end", onclick: () => (fold.dataset.touched = "yes") }, ...head),
    details === undefined ? null : h("p", { class: "task-d" }, ...details),
    output === undefined
      ? null
      : h("pre", { class: "task-o", tabindex: "0", role: "group", "aria-label": "Output" }, ...output),
    ...sources.map((source) => h("p", { class: "task-d" }, link(source.url, source.text))),
  );
  return h("li", { class: className }, fold);
}
