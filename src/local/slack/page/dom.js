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
  wanted.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  while (list.children.length > wanted.length) list.lastElementChild.remove();
}

function carryOver(old, node) {
  for (const details of old.querySelectorAll("details[data-part]")) {
    const now = node.querySelector(`details[data-part="${CSS.escape(details.dataset.part)}"]`);
    if (now !== null && details.dataset.touched === "yes") {
      now.open = details.open;
      now.dataset.touched = "yes";
    }
  }
  const part = old.contains(document.activeElement) ? document.activeElement.dataset.part : undefined;
  if (part === undefined) return;
  queueMicrotask(() => node.querySelector(`[data-part="${CSS.escape(part)}"]`)?.focus());
}

export function clock(atMs) {
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(atMs);
}

export function day(atMs) {
  return new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" }).format(atMs);
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
