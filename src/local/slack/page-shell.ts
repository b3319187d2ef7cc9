// The page before its script runs: frame, icons and what does not change while it is open.
import { escapeHtml } from "../http.ts";
import { handleOf, type World } from "./world.ts";

const ICONS: Readonly<Record<string, string>> = {
  check: '<path d="M3 8.6 6.4 12 13 4.6"/>',
  x: '<path d="m4 4 8 8M12 4l-8 8"/>',
  hash: '<path d="M6.2 2.5 4.8 13.5M11.2 2.5 9.8 13.5M2.8 5.8h11M2.2 10.2h11"/>',
  lock: '<rect x="3.5" y="7" width="9" height="6.5" rx="1.5"/><path d="M5.5 7V5.2a2.5 2.5 0 0 1 5 0V7"/>',
  menu: '<path d="M2.5 4h11M2.5 8h11M2.5 12h11"/>',
  reply: '<path d="M6.5 3.5 2.8 7.2l3.7 3.7M3 7.2h6.2a4 4 0 0 1 4 4v1.3"/>',
  plus: '<path d="M8 3v10M3 8h10"/>',
  send: '<path d="M2.6 3.2 13.6 8 2.6 12.8 4.4 8zM4.4 8h4.4"/>',
  left: '<path d="M10 3 5 8l5 5"/>',
  eye: '<path d="M1.8 8C3.4 5 5.5 3.6 8 3.6S12.6 5 14.2 8C12.6 11 10.5 12.4 8 12.4S3.4 11 1.8 8z"/><circle cx="8" cy="8" r="1.9"/>',
  half: '<circle cx="8" cy="8" r="5.6" opacity=".3"/><path d="M8 2.4A5.6 5.6 0 0 1 13.6 8"/>',
  todo: '<circle cx="8" cy="8" r="5.6" stroke-dasharray="2 2.4"/>',
  warn: '<path d="M8 2.6 14.2 13.4H1.8zM8 6.6v3.2M8 11.7v.1"/>',
  file: '<path d="M4 1.8h5.2L12.5 5v9.2H4zM9 1.8V5.2h3.4"/>',
  out: '<path d="M9 3h4v4M13 3 7.5 8.5M11.5 9.5V13H3V4.5h3.5"/>',
};
const MARK =
  '<path d="M10.6 3.4a8.7 8.7 0 1 0 0 17.2"/><path d="M14.4 3.7a8.7 8.7 0 0 1 0 16.6"/><path d="m8 12.3 3 3 6.2-6.6"/>';

export interface BarLink {
  readonly label: string;
  readonly url: string;
}

export function renderShell(
  world: World,
  { withGuide, bar }: { readonly withGuide: boolean; readonly bar: readonly BarLink[] },
): string {
  const team = escapeHtml(world.seed.team.name);
  return `<!doctype html>
<html lang="en" data-place="chat">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${team} (local stand-in)</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/look/tokens.css">
<link rel="stylesheet" href="/look/pages.css">
<link rel="stylesheet" href="/page/workspace.css">
<script type="module" src="/page/app.js"></script>
</head>
<body class="app">
${sprite()}
<a class="skip" href="#say">Skip to the message box</a>
<div class="ws" id="ws" data-world="${escapeHtml(JSON.stringify(facts(world)))}">
${withGuide ? guide() : ""}
<nav class="side" id="nav" aria-label="Workspace">
  <div class="side-head"><span class="av side-logo" aria-hidden="true">${team.slice(0, 1)}</span><div><b>${team}</b><span>local stand-in for Slack</span></div>
  <button type="button" class="btn btn-quiet btn-icon side-close" id="nav-close" aria-label="Close the list">${icon("x")}</button></div>
  <h2 id="h-channels">Channels</h2><ul class="side-list" id="channels" aria-labelledby="h-channels"></ul>
  <h2 id="h-people">People <span>act as any of them</span></h2><ul class="side-people" id="people" aria-labelledby="h-people"></ul>
  ${more(bar)}<p class="side-note" id="link-state" role="status"></p>
</nav>
${pane("chan")}
${pane("thread")}
</div>
<p class="vh" id="live" aria-live="polite"></p>
<div class="toasts" id="toasts" role="status"></div>
<noscript><p class="note">This stand-in needs its script: it shows messages as they come.</p></noscript>
</body>
</html>`;
}

function facts(world: World) {
  const { team, bot } = world.seed;
  return {
    team,
    bot: { id: bot.userId, name: bot.name },
    people: [...world.people.values()].map((person) => ({
      id: person.id,
      name: person.name,
      title: person.title,
      handle: handleOf(person),
      isBot: person.isBot === true,
    })),
    usergroups: [...world.usergroups.values()].map(({ id, handle }) => ({ id, handle })),
    channels: [...world.channels.values()]
      .filter(({ imWith }) => imWith === undefined)
      .map(({ id, name }) => ({ id, name })),
    commands: [
      ...(
        bot.commands ?? [
          {
            command: "/agent",
            description: "Ask for a change",
            usageHint: "what should change? e.g. fix the typo on /pricing",
          },
        ]
      ).map((command) => ({ ...command, app: bot.name })),
      { command: "/invite", description: "Add someone to this channel", usageHint: `@${bot.name}`, app: "Slack" },
    ],
  };
}

function more(bar: readonly BarLink[]): string {
  const others = bar.filter(({ label }) => label !== "Chat");
  if (others.length === 0) return "";
  const links = others.map(({ label, url }) => `<li><a href="${escapeHtml(url)}">${escapeHtml(label)}</a></li>`);
  return `<h2 id="h-more">More of the demo</h2><ul class="side-list" aria-labelledby="h-more">${links.join("")}</ul>\n  `;
}

function guide(): string {
  return `<header class="guide on-bar"><span class="guide-brand"><svg class="mark" aria-hidden="true"><use href="#mark"/></svg><span>Demo</span></span>
<ol class="guide-steps" id="guide" aria-label="Five steps of the demo"></ol></header>`;
}

function pane(kind: "chan" | "thread"): string {
  const channel = kind === "chan";
  const heading = channel
    ? `<button type="button" class="btn btn-quiet btn-icon only-narrow" id="nav-open" aria-label="Channels and people">${icon("menu")}</button><h1 id="chan-name"></h1><span class="pane-topic" id="chan-topic"></span><span class="push pane-me" id="me"></span>`
    : `<button type="button" class="btn btn-quiet btn-icon only-narrow" id="thread-back" aria-label="Back to the channel">${icon("left")}</button><h2>Thread</h2><span class="pane-topic" id="thread-topic"></span><button type="button" class="btn btn-quiet btn-icon push not-narrow" id="thread-close" aria-label="Close the thread">${icon("x")}</button>`;
  const tag = channel ? "main" : "aside";
  return `<${tag} class="pane ${kind}" id="${kind}"${channel ? "" : ' aria-label="Thread" hidden'}>
<header class="pane-head">${heading}</header>
<div class="scroll" tabindex="0" role="region" aria-label="${channel ? "Messages" : "Replies"}"><div class="scroll-in" id="${kind}-list"></div></div>
<form class="composer" id="${kind}-form" autocomplete="off">
  <div class="cmd" id="${kind}-hint" hidden></div>
  <ul class="suggest" id="${kind}-suggest" role="listbox" aria-label="Suggestions" hidden></ul>
  <label class="vh" for="${channel ? "say" : "reply"}">${channel ? "Message to the channel" : "Reply in the thread"}</label>
  <textarea id="${channel ? "say" : "reply"}" class="composer-in" rows="1" aria-describedby="${kind}-hint" aria-autocomplete="list" aria-controls="${kind}-suggest"></textarea>
  <div class="attached" id="${kind}-files" hidden></div>
  <div class="composer-bar"><button type="button" class="btn btn-quiet btn-icon" data-attach aria-label="Attach a file">${icon("plus")}</button><input type="file" multiple hidden data-file>
  ${channel ? '<button type="button" class="btn btn-quiet" data-command><code>/agent</code></button>' : ""}<span class="composer-as" data-as></span>
  <button type="submit" class="btn ${channel ? "btn-ink" : ""} push">${icon("send")}${channel ? "Send" : "Reply"}</button></div>
</form></${tag}>`;
}

function icon(name: string): string {
  return `<svg class="ic" aria-hidden="true"><use href="#i-${name}"/></svg>`;
}

function sprite(): string {
  const symbols = Object.entries(ICONS).map(
    ([name, paths]) => `<symbol id="i-${name}" viewBox="0 0 16 16">${paths}</symbol>`,
  );
  return `<svg class="sprite" aria-hidden="true" focusable="false"><symbol id="mark" viewBox="0 0 24 24">${MARK}</symbol>${symbols.join("")}</svg>`;
}
