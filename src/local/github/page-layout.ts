// The frame of every page: head, our own dark bar, icons, and the small words used all over.
import { escapeHtml } from "../http.ts";
import type { Actor } from "./state.ts";
import type { World } from "./world.ts";

export interface BarLink {
  readonly label: string;
  readonly url: string;
}

export interface View {
  readonly world: World;
  readonly me: Actor;
  readonly bar: readonly BarLink[];
  /** Where "Act as" comes back to. */
  readonly path: string;
}

const SYMBOLS: Readonly<Record<string, string>> = {
  pr: '<circle cx="4" cy="3.8" r="1.8"/><circle cx="4" cy="12.2" r="1.8"/><circle cx="12" cy="12.2" r="1.8"/><path d="M4 5.6v4.8M12 10.4V6.2a2 2 0 0 0-2-2H7.6"/>',
  check: '<path d="M3 8.6 6.4 12 13 4.6"/>',
  cross: '<path d="m4 4 8 8M12 4l-8 8"/>',
  half: '<circle cx="8" cy="8" r="5.6" opacity=".3"/><path d="M8 2.4A5.6 5.6 0 0 1 13.6 8"/>',
  dot: '<circle cx="8" cy="8" r="5.4"/><path d="M8 8h.01"/>',
  dash: '<circle cx="8" cy="8" r="5.4"/><path d="M5.6 8h4.8"/>',
  merge:
    '<circle cx="4" cy="3.8" r="1.8"/><circle cx="4" cy="12.2" r="1.8"/><circle cx="12" cy="8.6" r="1.8"/><path d="M4 5.6v4.8M4 5.8c.4 2 2.4 2.8 6.2 2.8"/>',
  branch:
    '<circle cx="4.4" cy="3.8" r="1.8"/><circle cx="4.4" cy="12.2" r="1.8"/><circle cx="11.6" cy="5" r="1.8"/><path d="M4.4 5.6v4.8M11.6 6.8c0 2.4-2.4 2.6-5 3.4"/>',
  file: '<path d="M4 2.2h5l3 3v8.6H4z"/><path d="M9 2.2v3h3"/>',
  folder: '<path d="M2 4.2h4.2l1.4 1.6H14v7H2z"/>',
  repo: '<path d="M3.4 12.4V3.6A1.4 1.4 0 0 1 4.8 2.2h7.8v9H4.8a1.4 1.4 0 0 0 0 2.6h7.8v-2.6"/>',
};

export function icon(name: string, extra = ""): string {
  return `<svg class="ic${extra}" aria-hidden="true"><use href="#i-${name}"/></svg>`;
}

const MARK =
  '<symbol id="mark" viewBox="0 0 24 24"><path d="M10.6 3.4a8.7 8.7 0 1 0 0 17.2"/><path d="M14.4 3.7a8.7 8.7 0 0 1 0 16.6"/><path d="m8 12.3 3 3 6.2-6.6"/></symbol>';

function sprite(): string {
  const symbols = Object.entries(SYMBOLS).map(
    ([name, body]) => `<symbol id="i-${name}" viewBox="0 0 16 16">${body}</symbol>`,
  );
  return `<svg class="sprite" aria-hidden="true" focusable="false">${MARK}${symbols.join("")}</svg>`;
}

export interface PageParts {
  readonly title: string;
  /** The one landmark with id `main`. */
  readonly main: string;
}

export function renderPage(view: View, parts: PageParts): string {
  // Under the pages' own policy of no referrer at all, browsers post forms with an origin of "null", which is refused.
  return `<!doctype html>
<html lang="en" data-place="code">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<title>${escapeHtml(parts.title)} (local stand-in)</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/look/tokens.css">
<link rel="stylesheet" href="/look/pages.css">
<link rel="stylesheet" href="/page/github.css">
<script src="/page/live.js" defer></script>
</head>
<body>
${sprite()}
<a class="skip" href="#main">Skip to the page</a>
${renderBar(view)}
${parts.main}
</body>
</html>`;
}

function renderBar(view: View): string {
  const links = view.bar
    .filter(({ label }) => label !== "Code")
    .map(({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`);
  const nav = `<nav aria-label="Demo pages">${links.join("")}<a href="/" aria-current="page">Code</a></nav>`;
  return `<header class="topbar on-bar"><a class="brand" href="/"><svg class="mark" aria-hidden="true"><use href="#mark"/></svg>Demo</a>${nav}<span class="where push">Local stand-in for a code host · this machine only</span>${renderActAs(view)}</header>`;
}

function renderActAs(view: View): string {
  const people = view.world.people.map((person) => {
    const current = person.id === view.me.id ? ' aria-current="true"' : "";
    return `<button type="submit" name="login" value="${escapeHtml(person.login)}"${current}>${avatar(view.world, person, "av-s")}${escapeHtml(nameOf(person))}</button>`;
  });
  return `<details class="menu actas"><summary class="btn btn-s chev-end">Acting as ${escapeHtml(nameOf(view.me))}</summary><form class="menu-list" method="post" action="/act-as"><input type="hidden" name="back" value="${escapeHtml(view.path)}">${people.join("")}</form></details>`;
}

export function nameOf(actor: Actor): string {
  return actor.name ?? actor.login.replace(/\[bot\]$/, "");
}

export function avatar(world: World, actor: Actor, size = ""): string {
  if (actor.id === world.app.bot.id)
    return `<span class="av av-app ${size}" aria-hidden="true"><svg class="mark" aria-hidden="true"><use href="#mark"/></svg></span>`;
  const at = world.people.findIndex((person) => person.id === actor.id);
  const letters = nameOf(actor)
    .split(/[\s-]+/)
    .map((word) => word.charAt(0).toUpperCase())
    .join("")
    .slice(0, 2);
  return `<span class="av av-${at === -1 ? 5 : ((at + 1) % 4) + 1} ${size}" aria-hidden="true">${escapeHtml(letters)}</span>`;
}

const DAY_MS = 24 * 60 * 60_000;

/** "Mon 10:12" within the week, a date before. */
export function renderTime(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(at);
  const day = new Intl.DateTimeFormat("en-GB", { weekday: "short" }).format(at);
  const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" }).format(at);
  const text = nowMs - atMs < 6 * DAY_MS ? `${day} ${clock}` : date;
  return `<time datetime="${at.toISOString()}" title="${date}, ${clock}">${text}</time>`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function crumbs(parts: readonly (readonly [label: string, url: string])[], last?: string): string {
  const links = parts.map(([label, url]) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`);
  return `<p class="muted">${[...links, ...(last === undefined ? [] : [escapeHtml(last)])].join(" · ")}</p>`;
}
