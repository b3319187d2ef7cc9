// Small things shown in many places: faces, states of issues, states of sessions.
import { appOf, facts } from "./data.js";
import { h, icon, mark, vh } from "./dom.js";

export function avatar(id, size = "av-s") {
  if (id === "") return h("span", { class: `av av-app ${size}`, "aria-hidden": "true" }, icon("tool"));
  if (id === facts.bot.id) return h("span", { class: `av av-app ${size}`, "aria-hidden": "true" }, mark());
  const at = facts.people.findIndex((person) => person.id === id);
  const name = at === -1 ? (appOf(id)?.name ?? "?") : facts.people[at].name;
  const letters = name
    .split(/[\s-]+/)
    .map((word) => word.charAt(0).toUpperCase())
    .join("")
    .slice(0, 2);
  const colour = at === -1 ? "av-app" : `av-${(at % 5) + 1}`;
  return h("span", { class: `av ${colour} ${size}`, "aria-hidden": "true" }, letters);
}

const TONES = { started: "t-run", review: "t-need", completed: "t-good", triage: "t-bad" };

export function stateIcon({ look }) {
  return icon(look, TONES[look] ?? "t-off");
}

export function stateMark(state) {
  return h("span", { class: "iss-st" }, stateIcon(state), vh(state.name));
}

const PILLS = {
  pending: ["Starting", "", "clock"],
  active: ["Working", "run", "half"],
  awaitingInput: ["Needs an answer", "need", "chat"],
  complete: ["Done", "good", "check"],
  error: ["Problem", "bad", "warn"],
  stale: ["Stale", "", "clock"],
  stopping: ["Stopping", "", "stop"],
};

export function sessionPill({ status, unresponsive, dismissedBy }) {
  if (dismissedBy !== undefined) return pill(["Dismissed", "", "x"]);
  if (unresponsive) return pill(["No sign of life", "bad", "warn"]);
  return pill(PILLS[status] ?? [status, "", "clock"]);
}

function pill([words, tone, drawn]) {
  return h("span", { class: tone === "" ? "pill" : `pill pill-${tone}` }, icon(drawn), words);
}
