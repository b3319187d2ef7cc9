// Teams and their issues: beside an issue, and as a page of their own.
import { actAs, facts, here, issuesOf, myTeams, nameOf, people } from "./data.js";
import { byId, h, icon, patchList, vh } from "./dom.js";
import { avatar, sessionPill, stateIcon, stateMark } from "./parts.js";
import { labelTag } from "./props.js";

export function drawBar(drawAll) {
  byId("me").replaceChildren(avatar(here.me), vh("Acting as "), h("span", { class: "me-name" }, nameOf(here.me)));
  const rows = people().map(({ id, name }) => ({ id, name, current: id === here.me }));
  patchList(byId("people"), rows, {
    key: ({ id }) => id,
    render: ({ id, name, current }) =>
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            "aria-current": current ? "true" : null,
            onclick: () => {
              actAs(id);
              drawAll();
            },
          },
          avatar(id),
          name,
          current ? icon("check", "push") : null,
        ),
      ),
  });
}

export function drawNav() {
  const teams = teamRows();
  patchList(byId("teams"), teams, { key: ({ id }) => id, render: teamItem });
  const team = here.data.teams.find(({ id }) => id === facts.team);
  const seen = team !== undefined && teams.some(({ id }) => id === team.id);
  byId("h-nav").hidden = facts.place !== "issue" || !seen;
  if (facts.place !== "issue" || !seen) return;
  const issues = issuesOf(team.id).map(({ key, title, state }) => ({
    key,
    title,
    state,
    current: key === facts.issue,
  }));
  byId("nav-name").textContent = team.name;
  byId("nav-count").textContent = issues.length;
  patchList(byId("nav"), issues, { key: ({ key }) => key, render: navItem });
}

function teamRows() {
  return myTeams().map(({ id, key, name }) => {
    return { id, key, name, count: issuesOf(id).length, current: facts.place === "team" && id === facts.team };
  });
}

function teamItem({ key, name, count, current }) {
  const props = { href: `/team/${key}`, "aria-current": current ? "page" : null, "data-part": `team/${key}` };
  return h(
    "li",
    {},
    h("a", props, h("span", { class: "team-key" }, key), name, h("span", { class: "count push" }, count)),
  );
}

function navItem({ key, title, state, current }) {
  const props = { href: `/issue/${key}`, "aria-current": current ? "page" : null, "data-part": `nav/${key}` };
  return h("li", {}, h("a", props, stateMark(state), h("span", { class: "iss-key" }, key), h("b", {}, title)));
}

const ORDER = ["triage", "started", "review", "unstarted", "backlog", "completed", "canceled"];

export function drawBoard() {
  const team = myTeams().find(({ id }) => id === facts.team);
  patchList(byId("board-teams"), teamRows(), { key: ({ id }) => id, render: teamItem });
  byId("title").textContent = team?.name ?? "You see no issues of this team";
  const issues = team === undefined ? [] : issuesOf(team.id);
  byId("board-count").textContent = issues.length;
  const groups = [...Map.groupBy(issues, ({ state }) => state.id).values()]
    .map((rows) => ({ state: rows[0].state, rows }))
    .sort((a, b) => ORDER.indexOf(a.state.look) - ORDER.indexOf(b.state.look));
  const items = groups.length > 0 ? groups : [{ state: { id: "none" }, rows: [] }];
  patchList(byId("groups"), items, { key: ({ state }) => state.id, render: group });
}

function group({ state, rows }) {
  if (rows.length === 0) return h("div", { class: "empty" }, h("p", {}, "No issues here yet."));
  return h(
    "section",
    { class: "group", "aria-labelledby": `g-${state.id}` },
    h("h2", { id: `g-${state.id}` }, stateIcon(state), state.name, h("span", { class: "count" }, rows.length)),
    h("ul", { class: "card" }, rows.map(boardRow)),
  );
}

const TELLING = ["pending", "active", "awaitingInput", "error", "stopping"];

function boardRow({ key, title, state, assignee, labels, session }) {
  const tells = session !== undefined && (session.unresponsive || TELLING.includes(session.status));
  return h(
    "li",
    {},
    h(
      "a",
      { href: `/issue/${key}`, "data-part": `row/${key}` },
      stateMark(state),
      h("span", { class: "iss-key" }, key),
      h("b", {}, title),
      h(
        "span",
        { class: "row-end" },
        tells ? sessionPill(session) : null,
        labels.map((label) => labelTag(label, "span")),
      ),
      h(
        "span",
        { class: "row-who" },
        assignee === undefined ? h("span", { class: "av av-s av-none", "aria-hidden": "true" }) : avatar(assignee.id),
        vh(assignee === undefined ? "Nobody" : assignee.name),
      ),
    ),
  );
}
