// The question before a button that asks to be sure.
import { h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

/** `like` is the style of the button that asks: its answer looks the same. */
export function confirmFirst(question, like) {
  return new Promise((resolve) => {
    const words = question.text.type === "mrkdwn" ? mrkdwn(question.text.text) : [question.text.text];
    const yes = question.confirm?.text ?? "Confirm";
    const style = { danger: "btn-danger", primary: "btn-primary" }[question.style ?? like] ?? "btn-ink";
    const dialog = h(
      "dialog",
      { class: "modal", "aria-labelledby": "confirm-title" },
      h(
        "form",
        { method: "dialog" },
        h("div", { class: "modal-head" }, h("h2", { id: "confirm-title" }, question.title?.text ?? "Are you sure?")),
        h("div", { class: "modal-body" }, h("div", {}, ...words)),
        h(
          "div",
          { class: "modal-foot" },
          h("button", { class: "btn", value: "no" }, question.deny?.text ?? "Cancel"),
          h("button", { class: `btn ${style}`, value: "yes", autofocus: true }, yes),
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
