// Boxes to type in: they keep what was typed until it is sent, over reloads too.
import { act, facts, here, issuesOf, myTeams } from "./data.js";
import { byId, h } from "./dom.js";
import { tryTo } from "./toast.js";

export function keepDraft(field, name) {
  const key = `draft:${facts.organization}:${name}`;
  field.value = sessionStorage.getItem(key) ?? field.value;
  field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
  return {
    clear: () => {
      field.value = "";
      sessionStorage.removeItem(key);
      field.dispatchEvent(new Event("input"));
    },
  };
}

/** As high as what is in it, where the browser can. */
export function growing(field) {
  field.classList.add("grows");
  return field;
}

/** Enter sends, Shift and Enter begins a line; what an input method is composing is not sent. */
export function sendOnEnter(form, field) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

export function setUpComment() {
  const form = byId("say-form");
  const field = growing(byId("say"));
  const draft = keepDraft(field, `say/${facts.issue}`);
  byId("say-mention").append(`Mention @${facts.bot.handle}`);
  byId("say-mention").addEventListener("click", () => {
    const space = field.value === "" || /\s$/.test(field.value) ? "" : " ";
    field.focus();
    field.setRangeText(`${space}@${facts.bot.handle} `, field.value.length, field.value.length, "end");
    field.dispatchEvent(new Event("input"));
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (field.value.trim() === "") field.focus();
    else if ((await tryTo("comment", { issue: facts.issue, body: field.value.trim() })).ok) draft.clear();
  });
}

export function setUpNewIssue() {
  const dialog = byId("new");
  const form = dialog.querySelector("form");
  for (const button of document.querySelectorAll("[data-new-issue]"))
    button.addEventListener("click", () => {
      for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
      fillTeams();
      byId("new-error").textContent = "";
      dialog.showModal();
      byId("new-title").focus();
    });
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const done = await act("create", {
      team: byId("new-team").value,
      title: byId("new-title").value,
      description: byId("new-text").value,
    });
    if (done.ok) location.assign(`/issue/${encodeURIComponent(done.key)}`);
    else byId("new-error").textContent = done.failed;
  });
}

function fillTeams() {
  const options = myTeams().map(({ id, name }) => h("option", { value: id, selected: id === facts.team }, name));
  byId("new-team").replaceChildren(...options);
}

/** Asks before what cannot be taken back. */
export function confirmFirst({ title, words, yes }) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { class: "modal", "aria-labelledby": "confirm-title" },
      h(
        "form",
        { method: "dialog" },
        h("div", { class: "modal-head" }, h("h2", { id: "confirm-title" }, title)),
        h("div", { class: "modal-body" }, h("p", {}, words)),
        h(
          "div",
          { class: "modal-foot" },
          h("button", { class: "btn", value: "no", autofocus: true }, "Cancel"),
          h("button", { class: "btn btn-danger", value: "yes" }, yes),
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

export function setUpRemove() {
  byId("remove").addEventListener("click", async () => {
    byId("issue-menu").open = false;
    const sure = await confirmFirst({
      title: `Delete ${facts.issue}?`,
      words: "The issue goes to the trash, and the agent's run on it stops.",
      yes: "Delete issue",
    });
    if (sure && (await tryTo("remove", { issue: facts.issue })).ok) {
      const team = here.data.teams.find(({ id }) => id === facts.team);
      location.assign(team === undefined || issuesOf(team.id).length === 0 ? "/" : `/team/${team.key}`);
    }
  });
}
