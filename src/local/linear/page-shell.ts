// The page before its script runs: frame, icons and what does not change while it is open.
import { escapeHtml } from "../http.ts";
import type { Issue, World } from "./model.ts";
import type { PageData } from "./page-data.ts";
import { icon, sprite } from "./page-icons.ts";
import type { SeedTeam } from "./seed.ts";
import { botApp } from "./world.ts";

export interface BarLink {
  readonly label: string;
  readonly url: string;
}

export type Place =
  | { readonly kind: "team"; readonly team: SeedTeam }
  | { readonly kind: "issue"; readonly key: string; readonly issue: Issue }
  | { readonly kind: "nowhere" };

export interface Shell {
  readonly world: World;
  readonly bar: readonly BarLink[];
  readonly place: Place;
  readonly data: PageData;
}

export function renderShell(shell: Shell): string {
  const { world, place, data } = shell;
  const attributes = [
    `data-facts="${escapeHtml(JSON.stringify(facts(shell)))}"`,
    `data-now="${escapeHtml(JSON.stringify(data))}"`,
  ];
  return `<!doctype html>
<html lang="en" data-place="issues">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(titleOf(world, place))} (local stand-in)</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/look/tokens.css">
<link rel="stylesheet" href="/look/pages.css">
<link rel="stylesheet" href="/page/linear.css">
<script type="module" src="/page/app.js"></script>
</head>
<body>
${sprite()}
<a class="skip" href="#main">Skip to the ${place.kind === "issue" ? "issue" : "issues"}</a>
${renderBar(shell)}
<div class="iss iss-${place.kind}" id="iss" ${attributes.join(" ")}>
<nav class="iss-list" aria-label="Teams and issues">
  <h2 id="h-teams">Teams</h2><ul class="nav-teams" id="teams" aria-labelledby="h-teams"></ul>
  <h2 id="h-nav" hidden><span id="nav-name"></span> <span class="count" id="nav-count"></span></h2><ul id="nav" aria-labelledby="h-nav"></ul>
</nav>
${main(place)}
</div>
${newIssue()}
<p class="vh" id="live" aria-live="polite"></p>
<div class="toasts" id="toasts" role="status"></div>
<noscript><p class="note">This stand-in needs its script: it shows issues and sessions as they change.</p></noscript>
</body>
</html>`;
}

function titleOf(world: World, place: Place): string {
  if (place.kind === "issue") return `${place.key} ${place.issue.title}`;
  return place.kind === "team" ? `${place.team.name} issues` : `Not found · ${world.seed.organization.name}`;
}

function facts({ world, place }: Shell) {
  return {
    organization: world.seed.organization.urlKey,
    origin: world.origin,
    bot: { id: botApp(world).userId, handle: botApp(world).handle },
    place: place.kind,
    team: place.kind === "team" ? place.team.id : place.kind === "issue" ? place.issue.teamId : "",
    issue: place.kind === "issue" ? place.key : "",
    people: [...world.people.values()].map(({ id, name, isActive, isGuest }) => ({
      id,
      name,
      isActive: isActive !== false,
      // A guest sees the teams they are in, all others see every team.
      guestOf:
        isGuest === true ? world.seed.teams.filter(({ members }) => members.includes(id)).map(({ id }) => id) : null,
    })),
  };
}

function renderBar({ bar }: Shell): string {
  const others = bar.filter(({ label }) => label !== "Issues");
  const links = others.map(({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`);
  links.splice(others.findIndex(({ label }) => label === "Chat") + 1, 0, '<a href="/" aria-current="page">Issues</a>');
  return `<header class="topbar on-bar"><a class="brand" href="/"><svg class="mark" aria-hidden="true"><use href="#mark"/></svg>Demo</a><nav aria-label="Demo pages">${links.join("")}</nav><span class="where push">Local stand-in for an issue tracker · this machine only</span><details class="menu actas" id="act-as"><summary class="btn btn-s"><span id="me"></span>${icon("chevd")}</summary><ul class="menu-list" id="people" aria-label="Act as"></ul></details></header>
<p class="link-state" id="link-state" role="status"></p>`;
}

function main(place: Place): string {
  if (place.kind === "nowhere")
    return `<main class="board" id="main" tabindex="-1"><div class="empty"><h1>Nothing is here</h1><p>There is no such issue or team in this workspace.</p><a class="btn btn-ink" href="/">All issues</a></div></main>`;
  if (place.kind === "team")
    return `<main class="board" id="main" tabindex="-1">
  <ul class="board-teams" id="board-teams" aria-label="Teams"></ul>
  <header class="board-head"><h1 id="title"></h1><span class="count" id="board-count"></span><button type="button" class="btn btn-ink push" data-new-issue>${icon("plus")}New issue</button></header>
  <div id="groups"></div>
</main>`;
  return `<main class="iss-body" id="main" tabindex="-1">
  <header class="iss-top"><div class="row"><p class="iss-crumb" id="crumb"></p>
    <details class="menu push" id="issue-menu"><summary class="btn btn-quiet btn-icon" aria-label="More for this issue">${icon("more")}</summary><ul class="menu-list"><li><button type="button" data-new-issue>${icon("plus")}New issue</button></li><li><button type="button" class="menu-bad" id="remove">${icon("bin")}Delete issue</button></li></ul></details></div>
    <h1 id="title"></h1><p class="iss-note" id="trashed" hidden>${icon("bin")}This issue was deleted. Nothing can be done with it any more.</p></header>
  <section class="iss-side" aria-label="Properties"><div class="props" id="props"></div></section>
  <div class="iss-rest">
    <div class="iss-text md" id="text"></div>
    <div id="sessions"></div>
    <h2 class="iss-h2" id="h-comments">Comments</h2>
    <ul class="comments" id="comments" aria-labelledby="h-comments"></ul>
    <form class="say" id="say-form" autocomplete="off"><label class="vh" for="say">Comment</label><textarea class="input" id="say" rows="3" placeholder="Leave a comment" aria-describedby="say-hint"></textarea>
      <div class="btn-row"><button type="button" class="btn btn-quiet" id="say-mention"></button><span class="hint" id="say-hint">starts an agent session</span><button type="submit" class="btn btn-ink push">${icon("send")}Comment</button></div></form>
  </div>
</main>`;
}

function newIssue(): string {
  return `<dialog class="modal" id="new" aria-labelledby="new-h"><form method="dialog" autocomplete="off">
<div class="modal-head"><h2 id="new-h">New issue</h2><button type="button" class="btn btn-quiet btn-icon push" data-close aria-label="Close">${icon("x")}</button></div>
<div class="modal-body">
  <div class="field"><label for="new-team">Team</label><select class="input" id="new-team"></select></div>
  <div class="field"><label for="new-title">Title</label><input class="input" id="new-title" type="text" required maxlength="500"></div>
  <div class="field"><label for="new-text">Description</label><textarea class="input" id="new-text" rows="5" aria-describedby="new-hint"></textarea><p class="hint" id="new-hint">Markdown. Delegate the issue to the agent once it is there.</p></div>
  <p class="error" id="new-error" role="alert"></p>
</div>
<div class="modal-foot"><button type="button" class="btn" data-close>Cancel</button><button type="submit" class="btn btn-ink">Create issue</button></div>
</form></dialog>`;
}
