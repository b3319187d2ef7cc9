// Menus of one choice: a button that shows what is set, and a list to set it from.
import { byId, h, icon, vh } from "./dom.js";

/** `items`: `{ id, content, hint, current, pick }`. Its open state and focus survive being drawn anew by `part`. */
export function menu({ part, label, shown, items }) {
  const details = h(
    "details",
    { class: "menu", "data-part": part },
    h("summary", { class: "btn btn-quiet" }, vh(`${label}: `), shown, icon("chevd")),
    h(
      "ul",
      { class: "menu-list menu-start", "aria-label": label },
      items.map((item) => menuItem(part, item)),
    ),
  );
  details.addEventListener("click", (event) => {
    if (event.target.closest(".menu-list button")) close(details);
  });
  return details;
}

function menuItem(part, { id, content, hint, current, pick }) {
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        "aria-current": current ? "true" : null,
        "data-part": `${part}/${id}`,
        onclick: () => {
          if (!current) pick();
        },
      },
      content,
      hint ? h("span", { class: "menu-hint" }, hint) : null,
      current ? icon("check", "push") : null,
    ),
  );
}

function close(details) {
  details.open = false;
  details.querySelector("summary").focus({ preventScroll: true });
}

/** One open menu at a time; Escape, a click elsewhere or leaving by Tab shut it, arrows move in it. */
export function setUpMenus() {
  const open = () => [...document.querySelectorAll("details.menu[open]")];
  document.addEventListener("click", (event) => {
    for (const details of open()) if (!details.contains(event.target)) details.open = false;
  });
  document.addEventListener("focusin", (event) => {
    for (const details of open()) if (!details.contains(event.target)) details.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const [details] = open();
    if (details === undefined) return;
    if (event.key === "Escape") close(details);
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const buttons = [...details.querySelectorAll(".menu-list button")];
    const at = buttons.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? at + 1 : at === -1 ? -1 : at - 1;
    buttons.at(next % buttons.length)?.focus();
  });
  byId("act-as").addEventListener("click", (event) => {
    if (event.target.closest(".menu-list button")) close(byId("act-as"));
  });
}
