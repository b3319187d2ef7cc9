// Looks at the same address again every two seconds and puts in what changed. Without it the page is the same, only still.
(() => {
  const EVERY_MS = 2000;
  let last = document.querySelector("main")?.innerHTML;

  const openFolds = (main) => new Map([...main.querySelectorAll("details[id]")].map((fold) => [fold.id, fold.open]));

  const put = (next) => {
    const main = document.querySelector("main");
    const folds = openFolds(main);
    const focused = main.contains(document.activeElement) ? document.activeElement.id : "";
    for (const fold of next.querySelectorAll("details[id]")) fold.open = folds.get(fold.id) ?? fold.open;
    main.replaceWith(next);
    if (focused !== "") document.getElementById(focused)?.focus({ preventScroll: true });
  };

  const look = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const next = page.querySelector("main");
    if (next === null || next.innerHTML === last) return;
    last = next.innerHTML;
    document.title = page.title;
    put(document.adoptNode(next));
  };

  const again = () => {
    if (document.querySelector("main")?.dataset.live !== "moves") return;
    setTimeout(() => {
      const chosen = String(document.getSelection() ?? "") !== "";
      const seen = document.visibilityState === "visible" && !chosen ? look() : Promise.resolve();
      seen.catch(() => undefined).then(again);
    }, EVERY_MS);
  };
  again();
})();
