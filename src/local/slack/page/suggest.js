// The list over the composer: commands after "/", names after "@".
import { byId, h } from "./dom.js";
import { world } from "./world.js";

const MOST = 6;

function offers(text, caret, inThread) {
  const before = text.slice(0, caret);
  const name = /(?:^|\s)@([\p{L}\p{N}._-]*)$/u.exec(before);
  if (name !== null) {
    const start = caret - name[1].length - 1;
    const wanted = name[1].toLowerCase();
    const all = [
      { label: `@${world.bot.name}`, note: "app", fill: `@${world.bot.name} ` },
      ...world.people.map((person) => ({ label: `@${person.name}`, note: person.title, fill: `@${person.name} ` })),
      ...world.usergroups.map((group) => ({ label: `@${group.handle}`, note: "group", fill: `@${group.handle} ` })),
    ];
    return all
      .filter(
        ({ label }) =>
          label
            .slice(1)
            .toLowerCase()
            .split(/[\s-]/)
            .some((word) => word.startsWith(wanted)) || label.slice(1).toLowerCase().startsWith(wanted),
      )
      .map((each) => ({ ...each, start, end: caret }));
  }
  if (inThread || !/^\/[a-z-]*$/.test(text)) return [];
  return world.commands
    .filter(({ command }) => command.startsWith(text) && command !== text)
    .map(({ command, description }) => ({
      label: command,
      note: description,
      fill: `${command} `,
      start: 0,
      end: text.length,
    }));
}

export function makeSuggest(listId, field, inThread) {
  const list = byId(listId);
  const state = { items: [], at: -1 };

  function close() {
    state.items = [];
    state.at = -1;
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
  }

  function choose(item) {
    field.setRangeText(item.fill, item.start, item.end, "end");
    close();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function show() {
    const found = offers(field.value, field.selectionStart, inThread).slice(0, MOST);
    if (found.length === 0) {
      close();
      return;
    }
    state.items = found;
    state.at = 0;
    draw();
  }

  function draw() {
    list.hidden = false;
    list.replaceChildren(
      ...state.items.map((item, index) =>
        h(
          "li",
          {
            id: `${listId}-${index}`,
            role: "option",
            "aria-selected": String(index === state.at),
            onpointerdown: (event) => event.preventDefault(),
            onclick: () => choose(item),
          },
          h("b", {}, item.label),
          h("span", {}, item.note),
        ),
      ),
    );
    field.setAttribute("aria-activedescendant", `${listId}-${state.at}`);
  }

  /** True when the key was for the list. */
  function key(event) {
    if (list.hidden) return false;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" || event.key === "Tab") choose(state.items[state.at]);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      state.at = (state.at + step + state.items.length) % state.items.length;
      draw();
    } else return false;
    event.preventDefault();
    return true;
  }

  return { show, close, key };
}
