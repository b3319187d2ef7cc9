// The panel beside an issue: what is set, and the menus that set it.
import { here, people } from "./data.js";
import { byId, dot, h, icon, patchList, time } from "./dom.js";
import { link } from "./markdown.js";
import { menu } from "./menus.js";
import { avatar, stateIcon } from "./parts.js";
import { tryTo } from "./toast.js";

export function drawProps(issue) {
  const team = here.data.teams.find(({ id }) => id === issue.team);
  const apps = here.data.apps.filter(({ teams }) => teams.includes(issue.team));
  const links = issue.sessions.flatMap((session) => session.links);
  const { key, trashed } = issue;
  const rows = [
    { name: "Status", key, trashed, state: issue.state, states: team?.states ?? [] },
    { name: "Assignee", key, trashed, now: issue.assignee, people: people(), apps },
    { name: "Delegate", key, trashed, now: issue.delegate, apps },
    ...(issue.labels.length > 0 ? [{ name: "Labels", labels: issue.labels }] : []),
    ...(issue.project === undefined ? [] : [{ name: "Project", project: issue.project }]),
    ...(links.length > 0
      ? [{ name: "Links", links: [...new Map(links.map((each) => [each.url, each])).values()] }]
      : []),
    { name: "Created", by: issue.creator, atMs: issue.createdAtMs },
  ];
  patchList(byId("props"), rows, { key: ({ name }) => name, render: property });
}

function property(row) {
  return h("div", { class: "prop" }, h("h2", {}, row.name), h("div", { class: "prop-v" }, value(row)));
}

function value(row) {
  switch (row.name) {
    case "Status":
      return statusMenu(row);
    case "Assignee":
      return assigneeMenu(row);
    case "Delegate":
      return delegateMenu(row);
    case "Labels":
      return h(
        "ul",
        { class: "row", "aria-label": "Labels" },
        row.labels.map((label) => labelTag(label, "li")),
      );
    case "Links":
      return h(
        "ul",
        { "aria-label": "Links" },
        row.links.map(({ label, url }) => h("li", {}, link(url, label, label))),
      );
    case "Project":
      return row.project;
    default:
      return [row.by.name, " ", time(row.atMs)];
  }
}

export function labelTag({ name, color }, tag) {
  return h(tag, { class: "tag label" }, dot(color), name);
}

function statusMenu({ key, trashed, state, states }) {
  const shown = [stateIcon(state), state.name];
  if (trashed) return h("span", { class: "prop-still" }, shown);
  return menu({
    part: "status",
    label: "Status",
    shown,
    items: states.map((each) => ({
      id: each.id,
      content: [stateIcon(each), each.name],
      hint: each.type === "canceled" ? "stops the run" : null,
      current: each.id === state.id,
      pick: () => void tryTo("status", { issue: key, state: each.id }),
    })),
  });
}

function assigneeMenu({ key, trashed, now, people: all, apps }) {
  const shown = who(now, "Nobody");
  if (trashed) return h("span", { class: "prop-still" }, shown);
  const item = (each, hint) => ({
    id: each?.id ?? "nobody",
    content: who(each, "Nobody"),
    hint,
    current: each?.id === now?.id,
    pick: () => void tryTo("assign", { issue: key, to: each?.id ?? null }),
  });
  return menu({
    part: "assignee",
    label: "Assignee",
    shown,
    items: [item(undefined), ...all.map((each) => item(each)), ...apps.map((each) => item(each, "agent"))],
  });
}

function delegateMenu({ key, trashed, now, apps }) {
  const shown = who(now, "No delegate");
  if (trashed) return h("span", { class: "prop-still" }, shown);
  const item = (each) => ({
    id: each?.id ?? "nobody",
    content: each === undefined ? [icon("x"), "No delegate"] : who(each),
    hint: each === undefined && now !== undefined ? "stops the run" : null,
    current: each?.id === now?.id,
    pick: () => void tryTo("delegate", { issue: key, to: each?.id ?? null }),
  });
  return menu({
    part: "delegate",
    label: "Delegate",
    shown,
    items: [...apps.map(item), item(undefined)],
  });
}

function who(each, none) {
  return each === undefined
    ? [icon("person", "faint"), h("span", { class: "faint" }, none)]
    : [avatar(each.id), each.name];
}
