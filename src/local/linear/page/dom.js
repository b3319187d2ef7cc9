// Making elements. Text always goes in as text: nothing here parses HTML.

/** `h("button", { class: "btn", onclick }, "Send")`; false, null and undefined are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, String(value));
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== false && child !== null && child !== undefined),
  );
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name, more = "") {
  return drawing(`ic ${more}`.trim(), `#i-${name}`);
}

export function mark() {
  return drawing("mark", "#mark");
}

function drawing(className, href) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", href);
  svg.append(use);
  return svg;
}

/** A dot of any colour: `fill` needs no style, which the page's policy refuses. */
export function dot(color) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "dot");
  svg.setAttribute("viewBox", "0 0 8 8");
  svg.setAttribute("aria-hidden", "true");
  const circle = document.createElementNS(SVG, "circle");
  for (const [name, value] of [
    ["cx", "4"],
    ["cy", "4"],
    ["r", "4"],
    ["fill", /^#[0-9a-f]{6}$/i.test(color) ? color : "currentColor"],
  ])
    circle.setAttribute(name, value);
  svg.append(circle);
  return svg;
}

export function vh(text) {
  return h("span", { class: "vh" }, text);
}

export function byId(id) {
  return document.getElementById(id);
}

/**
 * Makes `list` hold one node an item, in order. A node is made anew only when its item changed; focus and open
 * details inside it carry over.
 */
export function patchList(list, items, { key, render }) {
  const before = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map((item) => {
    const id = key(item);
    const shape = JSON.stringify(item);
    const old = before.get(id);
    if (old?.shape === shape) return old;
    const node = render(item);
    node.dataset.key = id;
    node.shape = shape;
    if (old !== undefined) carryOver(old, node);
    return node;
  });
  putInOrder(list, wanted);
}

/** As `patchList`, for nodes that bring themselves up to date and are never made anew. */
export function keepList(list, items, { key, make }) {
  const before = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map((item) => {
    const id = key(item);
    const node = before.get(id) ?? make(item);
    node.dataset.key = id;
    node.update(item);
    return node;
  });
  putInOrder(list, wanted);
}

/** One place whose content is made anew when `item` changed. */
export function patch(place, item, render) {
  patchList(place, [item], { key: () => "only", render: () => h("div", { class: "bare" }, render(item)) });
}

function putInOrder(list, wanted) {
  for (const node of [...list.children]) if (!wanted.includes(node)) node.remove();
  wanted.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
}

function carryOver(old, node) {
  for (const details of old.querySelectorAll("details[data-part]")) {
    const now = node.querySelector(`details[data-part="${CSS.escape(details.dataset.part)}"]`);
    if (now !== null) now.open = details.open;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement : undefined;
  const part = focused?.dataset.part ?? focused?.closest("details[data-part]")?.dataset.part;
  if (part === undefined) return;
  queueMicrotask(() => {
    const now = node.querySelector(`[data-part="${CSS.escape(part)}"]`);
    (now?.matches("details") ? now.querySelector("summary") : now)?.focus({ preventScroll: true });
  });
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const DAY_MS = 24 * 60 * 60_000;

/** "10:12" today, "Mon 10:12" within the week, a date before. */
export function time(atMs) {
  const at = new Date(atMs);
  const today = at.toDateString() === new Date().toDateString();
  const near = Date.now() - atMs < 6 * DAY_MS;
  const text = today ? clock.format(at) : near ? `${weekday.format(at)} ${clock.format(at)}` : date.format(at);
  return h("time", { datetime: at.toISOString(), title: `${date.format(at)}, ${clock.format(at)}` }, text);
}
