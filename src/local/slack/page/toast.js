// A short word at the edge of the page, for what has no place in the conversation.
import { byId, h, icon } from "./dom.js";

const SHOWN_MS = 6_000;

export function toast(text) {
  const note = h("div", { class: "toast" }, icon("warn"), text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), SHOWN_MS);
}
