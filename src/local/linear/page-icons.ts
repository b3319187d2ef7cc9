// The drawings that the page uses, once each.
const ICONS: Readonly<Record<string, string>> = {
  // states of an issue, and of a step of a plan
  triage: '<path d="M3 6h9.5L10 3.5M13 10H3.5L6 12.5"/>',
  backlog: '<circle cx="8" cy="8" r="5.6" stroke-dasharray="1.2 2.32"/>',
  unstarted: '<circle cx="8" cy="8" r="5.6"/>',
  started: '<circle cx="8" cy="8" r="5.6"/><path d="M8 5v6a3 3 0 0 0 0-6z" fill="currentColor" stroke-width="1"/>',
  review: '<circle cx="8" cy="8" r="5.6"/><path d="M8 8V5a3 3 0 1 1-3 3z" fill="currentColor" stroke-width="1"/>',
  completed: '<circle cx="8" cy="8" r="5.6"/><path d="m5.5 8.2 1.8 1.8 3.2-3.7"/>',
  canceled: '<circle cx="8" cy="8" r="5.6"/><path d="m6 6 4 4M10 6l-4 4"/>',
  // the rest
  half: '<circle cx="8" cy="8" r="5.6" opacity=".3"/><path d="M8 2.4A5.6 5.6 0 0 1 13.6 8"/>',
  todo: '<circle cx="8" cy="8" r="5.6" stroke-dasharray="2 2.4"/>',
  ready: '<circle cx="8" cy="8" r="5.6"/><circle cx="8" cy="8" r="1.6" fill="currentColor" stroke="none"/>',
  check: '<path d="M3 8.6 6.4 12 13 4.6"/>',
  x: '<path d="m4 4 8 8M12 4l-8 8"/>',
  right: '<path d="m6 3 5 5-5 5"/>',
  chevd: '<path d="m4 6 4 4 4-4"/>',
  chat: '<path d="M2.5 3.5h11v7.5H7.6L4.6 13.6V11H2.5z"/>',
  ask: '<circle cx="8" cy="8" r="5.8"/><path d="M6.3 6.4a1.8 1.8 0 1 1 2.6 1.7c-.6.3-.9.6-.9 1.2M8 11.3v.1"/>',
  stop: '<rect x="4" y="4" width="8" height="8" rx="1.2"/>',
  send: '<path d="M2.6 3.2 13.6 8 2.6 12.8 4.4 8zM4.4 8h4.4"/>',
  file: '<path d="M4 2h5l3 3v9H4zM9 2v3h3"/>',
  term: '<path d="m3 4.5 3.2 3.2L3 10.9M8 12h5"/>',
  search: '<circle cx="7" cy="7" r="4.2"/><path d="m10.2 10.2 3.3 3.3"/>',
  tool: '<path d="M9.2 2.6 3.6 9h4l-.8 4.6L12.4 7h-4z"/>',
  warn: '<path d="M8 2.6 14.2 13.4H1.8zM8 6.6v3.2M8 11.7v.1"/>',
  clock: '<circle cx="8" cy="8" r="5.8"/><path d="M8 4.8V8l2.2 1.6"/>',
  out: '<path d="M9 3h4v4M13 3 7.5 8.5M11.5 9.5V13H3V4.5h3.5"/>',
  plus: '<path d="M8 3v10M3 8h10"/>',
  more: '<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.4"/>',
  bin: '<path d="M3 4.5h10M6.2 4.5V2.8h3.6v1.7M4.4 4.5l.6 8.7h6l.6-8.7"/>',
  person: '<circle cx="8" cy="5.4" r="2.6"/><path d="M3.2 13.4c.6-2.6 2.4-3.8 4.8-3.8s4.2 1.2 4.8 3.8"/>',
};
const MARK =
  '<path d="M10.6 3.4a8.7 8.7 0 1 0 0 17.2"/><path d="M14.4 3.7a8.7 8.7 0 0 1 0 16.6"/><path d="m8 12.3 3 3 6.2-6.6"/>';

export function icon(name: string): string {
  return `<svg class="ic" aria-hidden="true"><use href="#i-${name}"/></svg>`;
}

export function sprite(): string {
  const symbols = Object.entries(ICONS).map(
    ([name, paths]) => `<symbol id="i-${name}" viewBox="0 0 16 16">${paths}</symbol>`,
  );
  return `<svg class="sprite" aria-hidden="true" focusable="false"><symbol id="mark" viewBox="0 0 24 24">${MARK}</symbol>${symbols.join("")}</svg>`;
}
