// Line icons, drawn once in a sprite at the top of the page and used by name.
import { html, markup, type Html } from "./html.ts";

const SHAPES = {
  mark: '<path d="M10.6 3.4a8.7 8.7 0 1 0 0 17.2"/><path d="M14.4 3.7a8.7 8.7 0 0 1 0 16.6"/><path d="m8 12.3 3 3 6.2-6.6"/>',
  right: '<path d="m6 3 5 5-5 5"/>',
  left: '<path d="M10 3 5 8l5 5"/>',
  check: '<path d="M3 8.6 6.4 12 13 4.6"/>',
  x: '<path d="m4 4 8 8M12 4l-8 8"/>',
  warn: '<path d="M8 2.6 14.2 13.2H1.8zM8 6.4v3.2M8 11.4v.01"/>',
  chat: '<path d="M2.5 3.5h11v7.5H7.6L4.6 13.6V11H2.5z"/>',
  shield: '<path d="M8 1.9 13 3.8v3.7c0 3.2-2 5.5-5 6.6-3-1.1-5-3.4-5-6.6V3.8z"/>',
  bolt: '<path d="M9 1.8 3.5 9h4L7 14.2 12.5 7h-4z"/>',
  box: '<path d="M8 1.8 13.6 4.8v6.4L8 14.2 2.4 11.2V4.8zM2.6 4.9 8 7.8l5.4-2.9M8 7.8v6.2"/>',
  list: '<path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.4 4v.01M2.4 8v.01M2.4 12v.01"/>',
  term: '<path d="m3 4.5 3.2 3.2L3 10.9M8 12h5"/>',
  ban: '<circle cx="8" cy="8" r="5.6"/><path d="m4.2 4.2 7.6 7.6"/>',
  file: '<path d="M4 2h5l3 3v9H4zM9 2v3h3"/>',
  ready: '<circle cx="8" cy="8" r="5.6"/><circle cx="8" cy="8" r="1.6" fill="currentColor" stroke="none"/>',
  half: '<circle cx="8" cy="8" r="5.6" opacity=".3"/><path d="M8 2.4A5.6 5.6 0 0 1 13.6 8"/>',
  pr: '<circle cx="4" cy="3.8" r="1.8"/><circle cx="4" cy="12.2" r="1.8"/><circle cx="12" cy="12.2" r="1.8"/><path d="M4 5.6v4.8M12 10.4V6.2a2 2 0 0 0-2-2H7.6"/>',
  merge:
    '<circle cx="4" cy="3.8" r="1.8"/><circle cx="4" cy="12.2" r="1.8"/><circle cx="12" cy="8.6" r="1.8"/><path d="M4 5.6v4.8M4 5.8c.4 2 2.4 2.8 6.2 2.8"/>',
  pause: '<path d="M5.6 3.6v8.8M10.4 3.6v8.8"/>',
  stop: '<rect x="4" y="4" width="8" height="8" rx="1.2"/>',
  clock: '<circle cx="8" cy="8" r="5.8"/><path d="M8 4.6V8l2.3 1.5"/>',
  again: '<path d="M13 8a5 5 0 1 1-1.6-3.7M13 2.6v2.6h-2.6"/>',
} as const;
export type IconName = keyof typeof SHAPES;

/** The sprite with the whole set; it is about two kilobytes. */
export function renderSprite(): Html {
  const symbols = Object.entries(SHAPES).map(([name, shape]) => {
    const size = name === "mark" ? 24 : 16;
    return `<symbol id="i-${name}" viewBox="0 0 ${size} ${size}">${shape}</symbol>`;
  });
  return markup(`<svg class="sprite" aria-hidden="true" focusable="false">${symbols.join("")}</svg>`);
}

export function icon(name: IconName, extra = ""): Html {
  return html`<svg class="ic${extra}" aria-hidden="true"><use href="#i-${name}" /></svg>`;
}

export function brandMark(extra = ""): Html {
  return html`<svg class="mark${extra}" aria-hidden="true"><use href="#i-mark" /></svg>`;
}
