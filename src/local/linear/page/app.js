// Draws what the service says, and draws again when the workspace changes.
import { plainWords } from "./activities.js";
import { facts, here, load } from "./data.js";
import { byId } from "./dom.js";
import { setUpComment, setUpNewIssue, setUpRemove } from "./forms.js";
import { drawIssue } from "./issue.js";
import { drawBar, drawBoard, drawNav } from "./lists.js";
import { setUpMenus } from "./menus.js";

// A node that is replaced between press and release never gets its click, so drawing waits for the release.
const pointer = { down: false, owed: false };
document.addEventListener("pointerdown", () => (pointer.down = true), true);
for (const name of ["pointerup", "pointercancel", "dragend"])
  document.addEventListener(
    name,
    () => {
      pointer.down = false;
      if (pointer.owed) setTimeout(draw);
    },
    true,
  );

function draw() {
  pointer.owed = pointer.down;
  if (pointer.down) return;
  drawBar(draw);
  drawNav();
  if (facts.place === "team") drawBoard();
  if (facts.place === "issue") drawIssue();
}

// ---- telling of what agents did, once

const told = new Set();

function announceNew() {
  const activities = (here.data.issue?.sessions ?? []).flatMap((session) => session.activities);
  const fresh = activities.filter(({ id, authorId }) => !told.has(id) && authorId !== here.me);
  const first = told.size === 0;
  for (const { id } of activities) told.add(id);
  told.add("looked");
  if (first || fresh.length === 0) return;
  byId("live").textContent = fresh.map((each) => `${each.author}: ${plainWords(each).slice(0, 300)}`).join(". ");
}

// ---- loading

const AGAIN_MS = 2_000;
let loading = false;
let again = false;
let retry;

async function refresh() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    here.data = await load();
    byId("link-state").textContent = "";
    draw();
    announceNew();
  } catch (error) {
    lost(error.message);
  }
  loading = false;
  if (again) {
    again = false;
    void refresh();
  }
}

// The stream of changes may live on while a look fails, or be closed for good: looking goes on by itself.
function lost(words) {
  byId("link-state").textContent = words;
  clearTimeout(retry);
  retry = setTimeout(() => {
    if (events.readyState === EventSource.CLOSED) events = listen();
    void refresh();
  }, AGAIN_MS);
}

function listen() {
  const source = new EventSource("/page/events");
  source.addEventListener("message", () => void refresh());
  source.addEventListener("error", () => void refresh());
  return source;
}

setUpMenus();
setUpNewIssue();
if (facts.place === "issue") {
  setUpComment();
  setUpRemove();
}
draw();
announceNew();
// What the address names is there only now.
if (location.hash.length > 1) byId(location.hash.slice(1))?.scrollIntoView({ block: "start" });

let events = listen();
