// A short word at the edge of the page, for what has no place on it.
import { act } from "./data.js";
import { byId, h, icon } from "./dom.js";

const SHOWN_MS = 6_000;

export function toast(text, drawn = "warn") {
  const note = h("div", { class: "toast" }, icon(drawn), h("span", {}, text));
  byId("toasts").append(note);
  setTimeout(() => note.remove(), SHOWN_MS);
}

/** Acts, and says so when it did not work. Answers what the service said. */
export async function tryTo(kind, body) {
  const done = await act(kind, body);
  if (!done.ok) toast(done.failed);
  return done;
}
