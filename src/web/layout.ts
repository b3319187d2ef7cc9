// What every page of ours has around it.
import { html, type Html } from "./html.ts";
import { brandMark, renderSprite } from "./icons.ts";

export interface PageParts {
  readonly title: string;
  readonly main: Html;
  /** Where the skip link leads: the id of the page's main content and what it is. */
  readonly skip: { readonly id: string; readonly to: string };
  /** `moves`: the page looks again by itself while something can still change. */
  readonly live: "moves" | "still";
}

export function renderPage(parts: PageParts): string {
  const { title, main, skip, live } = parts;
  return html`<!doctype html>
    <html lang="en" data-place="runs">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Countersign</title>
        <link rel="icon" href="/look/mark.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/look/tokens.css" />
        <link rel="stylesheet" href="/look/pages.css" />
        <script src="/look/live.js" defer></script>
      </head>
      <body>
        ${renderSprite()}
        <a class="skip" href="#${skip.id}">${skip.to}</a>
        <header class="topbar on-bar">
          <a class="brand" href="/runs">${brandMark()}Countersign</a>
          <nav aria-label="Pages"><a href="/runs" aria-current="page">Runs</a></nav>
        </header>
        <main class="own" data-live="${live}">${main}</main>
      </body>
    </html> `.text;
}

/** A page that only says something: not found, a fault of ours. */
export function renderSaying(says: { readonly title: string; readonly text: string }): string {
  const main = html`<section class="card" id="said">
    <div class="empty">
      ${brandMark(" empty-mark")}
      <h1 class="empty-title">${says.title}</h1>
      <p>${says.text}</p>
      <p><a class="btn" href="/runs">All runs</a></p>
    </div>
  </section>`;
  return renderPage({ title: says.title, main, skip: { id: "said", to: "Skip to the message" }, live: "still" });
}
