// The guide strip: what to do next, in gold. Which step it is the service decides.
import { byId, h, icon } from "./dom.js";
import { here } from "./world.js";

export function renderGuide(follow) {
  const list = byId("guide");
  if (list === null) return;
  const shape = JSON.stringify([here.data.guide, here.channel, here.thread]);
  if (list.dataset.shape === shape) return;
  list.dataset.shape = shape;
  list.replaceChildren(...here.data.guide.map((step, index) => item(step, index, follow)));
}

/** Nothing to press when one is already there. */
function isThere(act) {
  return act.kind === "go" && act.channel === here.channel && act.threadTs === here.thread;
}

function item(step, index, follow) {
  const done = step.state === "done";
  const now = step.state === "now";
  const words = step.code ? h("code", { title: step.code }, step.code) : h("span", {}, step.detail);
  return h(
    "li",
    { class: done ? "is-done" : null, "aria-current": now ? "step" : null },
    h("span", { class: "guide-n" }, done ? icon("check") : String(index + 1)),
    h("div", {}, h("b", {}, step.title, done ? h("span", { class: "vh" }, " (done)") : null), words),
    now && step.act && !isThere(step.act)
      ? h(
          "button",
          {
            type: "button",
            class: "btn btn-gold btn-s",
            onclick: () => follow(step.act),
            "aria-label": `${step.actLabel}: ${step.title}`,
          },
          step.actLabel,
        )
      : null,
  );
}
