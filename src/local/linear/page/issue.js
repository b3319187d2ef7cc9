// One issue: its words, its sessions, its comments.
import { facts, here, myTeams } from "./data.js";
import { byId, h, icon, keepList, patch, patchList, time } from "./dom.js";
import { markdown } from "./markdown.js";
import { avatar } from "./parts.js";
import { drawProps } from "./props.js";
import { sessionNode } from "./session.js";

export function drawIssue() {
  const { issue } = here.data;
  if (issue === undefined) return;
  const team = here.data.teams.find(({ id }) => id === issue.team);
  const seen = myTeams().some(({ id }) => id === issue.team);
  byId("main").classList.toggle("is-unseen", !seen);
  document.title = `${issue.key} ${issue.title} (local stand-in)`;
  patch(byId("crumb"), team?.name, () => [
    h("a", { href: `/team/${team.key}` }, team.name),
    " ",
    icon("right"),
    " ",
    h("span", { class: "mono" }, facts.issue),
  ]);
  byId("title").textContent = issue.title;
  byId("trashed").hidden = !issue.trashed;
  byId("issue-menu").hidden = issue.trashed;
  byId("say-form").hidden = issue.trashed;
  patch(byId("text"), issue.description, () =>
    issue.description.trim() === "" ? h("p", { class: "faint" }, "No description") : markdown(issue.description),
  );
  drawProps(issue);
  const sessions = issue.sessions.map((session, index) => ({ ...session, closed: issue.trashed, earlier: index > 0 }));
  keepList(byId("sessions"), sessions, { key: ({ id }) => id, make: sessionNode });
  byId("h-comments").hidden = issue.trashed && issue.comments.length === 0;
  patchList(byId("comments"), issue.comments, { key: ({ id }) => id, render: commentNode });
}

function commentNode({ id, author, body, atMs, reply, opened }) {
  const session =
    opened === undefined ? null : h("a", { class: "opened", href: `#agent-session-${opened}` }, "opened a session");
  return h(
    "li",
    { id: `comment-${id.slice(0, 8)}`, class: reply ? "is-reply" : null },
    avatar(author.id),
    h(
      "div",
      {},
      h("p", {}, h("b", {}, author.name), " ", time(atMs), " ", session),
      h("div", { class: "md" }, markdown(body)),
    ),
  );
}
