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

let loading = false;
let again = false;

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
  } catch {
    lost();
  }
  loading = false;
  if (again) {
    again = false;
    void refresh();
  }
}

function lost() {
  byId("link-state").textContent = "The local tracker does not answer; trying again.";
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

const events = new EventSource("/page/events");
events.addEventListener("message", () => void refresh());
events.addEventListener("error", lost);
