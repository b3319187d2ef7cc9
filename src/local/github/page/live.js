// Keeps a pull request's page current: every two seconds the parts that changed are put in place of the old ones.
const main = document.querySelector("main[data-live]");
const EVERY_MS = 2000;

if (main) {
  const partsOf = (root) => [...root.querySelectorAll("[data-part]")];
  // What the server said last, not what the page looks like now: folds a reader opened are no change.
  const seen = new Map(partsOf(main).map((part) => [part.dataset.part, part.innerHTML]));

  const isBusy = (part) => {
    const field = part.querySelector("textarea");
    return part.contains(document.activeElement) || (field !== null && field.value !== "");
  };

  const replace = (part, html) => {
    const shut = new Set([...part.querySelectorAll("details[data-key]:not([open])")].map((fold) => fold.dataset.key));
    part.innerHTML = html;
    for (const fold of part.querySelectorAll("details[data-key]")) if (shut.has(fold.dataset.key)) fold.open = false;
  };

  const refresh = async () => {
    if (document.hidden) return;
    const response = await fetch(main.dataset.live, { headers: { accept: "text/html" } });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const next of partsOf(fresh)) {
      const name = next.dataset.part;
      const part = main.querySelector(`[data-part="${name}"]`);
      if (!part || seen.get(name) === next.innerHTML || isBusy(part)) continue;
      seen.set(name, next.innerHTML);
      replace(part, next.innerHTML);
    }
  };

  const loop = () =>
    setTimeout(() => {
      refresh()
        .catch(() => {})
        .finally(loop);
    }, EVERY_MS);
  loop();
}

// A menu closes when the reader goes elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
