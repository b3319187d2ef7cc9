// The page: loads what this person sees, draws it, and draws again when the workspace changes.
import { byId, clock, day, h, icon, patchList } from "./dom.js";
import { makeComposer } from "./composer.js";
import { renderGuide } from "./guide.js";
import { messageNode, threadSummary } from "./message.js";
import { renderModal } from "./modal.js";
import { renderSide } from "./side.js";
import { act, currentChannel, currentThread, here, load, markRead, world } from "./world.js";

const channelComposer = makeComposer({ kind: "chan", field: "say", where: () => ({ channel: here.channel }) });
const threadComposer = makeComposer({
  kind: "thread",
  field: "reply",
  where: () => ({ channel: here.channel, threadTs: here.thread }),
});

// ---- where one is: #/CHANNEL/THREAD

function readPlace() {
  const [, channel = "", thread = ""] = decodeURIComponent(location.hash).split("/");
  here.channel = channel;
  here.thread = thread;
}

function settlePlace() {
  const ids = here.data.channels.map(({ id }) => id);
  if (!ids.includes(here.channel)) {
    const busiest = here.data.channels.find(({ messages }) => messages.some(({ from }) => from === "app"));
    const named = here.data.channels.find(({ name }) => name !== "general");
    here.channel = (busiest ?? named ?? here.data.channels[0])?.id ?? "";
    here.thread = "";
  }
}

// ---- drawing

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
  settlePlace();
  renderGuide(follow);
  renderSide(actAs);
  drawChannel();
  drawThread();
  renderModal();
}

function withDays(messages) {
  const items = [];
  let last = "";
  for (const message of messages) {
    const today = day(message.atMs);
    if (today !== last) items.push({ key: `day-${today}`, day: today });
    last = today;
    items.push({ key: message.ts, message });
  }
  return items;
}

function drawChannel() {
  const channel = currentChannel();
  byId("chan-form").hidden = channel === undefined;
  if (channel === undefined) {
    for (const id of ["chan-name", "chan-topic", "chan-list"]) byId(id).replaceChildren();
    empty(byId("chan-list"), true, "You are in no channel of this workspace.");
    return;
  }
  byId("chan-name").replaceChildren(icon(channel.isPrivate ? "lock" : "hash"), channel.name);
  byId("chan-topic").textContent = channel.topic;
  document.title = `${channel.name} · ${world.team.name} (local stand-in)`;
  const narrow = matchMedia("(max-width: 40rem)").matches;
  channelComposer.show(channel.id, `Message #${channel.name}, or type /agent${narrow ? "" : " to ask for a change"}`);
  const list = byId("chan-list");
  const items = withDays(channel.messages).map((item) =>
    item.message ? { ...item, ...forChannel(item.message), me: here.me } : item,
  );
  patchList(list, items, { key: ({ key }) => key, render: (item) => renderItem(item, channel.id) });
  empty(list, channel.messages.length === 0, `This is the beginning of #${channel.name}.`);
  const last = channel.messages.at(-1);
  if (last !== undefined && !document.hidden) markRead(channel.id, lastTs(channel));
}

/** Of its thread a message of the channel shows three facts; the rest would only draw it again and again. */
function forChannel({ replies = [], ...message }) {
  const said = replies.filter(({ from }) => from !== "slack");
  const working = busyIn(message).length > 0 || said.some(({ stream }) => stream?.state === "in_progress");
  return { message, thread: { count: said.length, lastMs: said.at(-1)?.atMs, working } };
}

function lastTs(channel) {
  return channel.messages
    .flatMap((message) => [message, ...(message.replies ?? [])])
    .reduce((ts, each) => (Number(each.ts) > Number(ts) ? each.ts : ts), "0");
}

function busyIn(message) {
  return here.data.working.filter(({ channel, threadTs }) => channel === here.channel && threadTs === message.ts);
}

function renderItem(item, channel) {
  if (item.day) return h("p", { class: "day" }, h("span", {}, item.day));
  if (item.replies !== undefined) return h("p", { class: "day day-s" }, h("span", {}, item.replies));
  if (item.working) return workingRow(item.working);
  const { message, thread } = item;
  return messageNode(message, { channel, summary: thread ? threadSummary(message, channel, thread) : null });
}

function drawThread() {
  const root = currentThread();
  const pane = byId("thread");
  byId("ws").classList.toggle("has-thread", root !== undefined);
  pane.hidden = root === undefined;
  if (root === undefined) return;
  byId("thread-topic").textContent = `#${currentChannel().name}`;
  threadComposer.show(`${here.channel}/${here.thread}`, `Reply, or mention @${world.bot.name}`);
  const { replies = [], ...bare } = root;
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  const items = [
    { key: root.ts, message: bare, me: here.me },
    ...(replies.length > 0 ? [{ key: "count", replies: count }] : []),
    ...replies.map((message) => ({ key: message.ts, message, me: here.me })),
    ...busyIn(root).map((working, index) => ({ key: `working-${index}`, working })),
  ];
  patchList(byId("thread-list"), items, { key: ({ key }) => key, render: (item) => renderItem(item, here.channel) });
}

function workingRow({ channel, threadTs, text, canStop }) {
  return h(
    "p",
    { class: "working" },
    h("span", { class: "live" }, `${world.bot.name} ${text}`),
    canStop
      ? h(
          "button",
          {
            type: "button",
            class: "btn btn-s",
            "data-part": "native-stop",
            onclick: () => void act("stop", { channel, threadTs }),
          },
          "Stop",
        )
      : null,
  );
}

function empty(list, isEmpty, words) {
  list.classList.toggle("is-empty", isEmpty);
  list.dataset.words = words;
}

// ---- telling of new messages, without the noise of edits

const told = { key: "", last: 0 };

function announceNew() {
  const thread = currentThread();
  const messages = [...(currentChannel()?.messages ?? []), ...(thread?.replies ?? [])];
  const key = `${here.me}/${here.channel}/${here.thread}`;
  const newest = messages.reduce((ts, message) => Math.max(ts, Number(message.ts)), 0);
  const fresh = messages.filter((message) => Number(message.ts) > told.last && message.user !== here.me);
  if (told.key === key && fresh.length > 0)
    byId("live").textContent = fresh
      .map((message) => `${message.author}, ${clock(message.atMs)}: ${message.plain || "a message"}`)
      .join(". ");
  Object.assign(told, { key, last: newest });
}

// ---- moving about

function go(channel, thread = "") {
  const hash = thread === "" ? `#/${channel}` : `#/${channel}/${thread}`;
  if (location.hash === hash) {
    readPlace();
    if (here.data) draw();
  } else location.hash = hash;
}

function actAs(id) {
  here.me = id;
  sessionStorage.setItem("act-as", id);
  closeNav();
  // The pressed button goes; on a wide screen typing goes on in the message box.
  if (matchMedia("(min-width: 60.01rem)").matches) byId("say").focus();
  void refresh();
}

function follow(step) {
  if (step.kind === "act-as") actAs(step.user);
  if (step.kind === "go") go(step.channel, step.threadTs);
  if (step.kind === "fill") {
    go(step.channel);
    queueMicrotask(() => channelComposer.fill(step.text));
  }
  if (step.kind === "open") openLink(step.url);
}

// The same button a person would press, so that the app hears of it too.
function openLink(url) {
  const button = [...document.querySelectorAll(".b-actions a")].find((each) => each.href === url);
  if (button === undefined) window.open(url, "_blank", "noopener");
  else button.click();
}

function closeNav() {
  byId("nav").classList.remove("is-open");
}

byId("nav-open").addEventListener("click", () => {
  byId("nav").classList.add("is-open");
  byId("nav-close").focus();
});
byId("nav-close").addEventListener("click", () => {
  closeNav();
  byId("nav-open").focus();
});
byId("channels").addEventListener("click", closeNav);
for (const id of ["thread-back", "thread-close"]) byId(id).addEventListener("click", () => leaveThread());

function leaveThread() {
  const ts = here.thread;
  go(here.channel);
  queueMicrotask(() => document.querySelector(`[data-part="thread/${CSS.escape(ts)}"]`)?.focus());
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (byId("nav").classList.contains("is-open")) closeNav();
  else if (here.thread !== "") leaveThread();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-permalink]");
  if (!link) return;
  event.preventDefault();
  const [, , channel, id] = new URL(link.href).pathname.split("/");
  const ts = id.replace(/^p(\d+)(\d{6})$/, "$1.$2");
  go(channel, new URL(link.href).searchParams.get("thread_ts") ?? ts);
});
window.addEventListener("hashchange", () => {
  readPlace();
  if (here.data) {
    draw();
    announceNew();
  }
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && here.data) draw();
});

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
    const data = await load();
    if (data !== undefined) {
      here.data = data;
      draw();
      announceNew();
    }
  } catch {
    byId("link-state").textContent = "The local Slack does not answer; trying again.";
  }
  loading = false;
  if (again) {
    again = false;
    void refresh();
  }
}

readPlace();
const events = new EventSource("/page/events");
events.addEventListener("message", () => void refresh());
events.addEventListener("error", () => {
  byId("link-state").textContent = "The local Slack does not answer; trying again.";
});
