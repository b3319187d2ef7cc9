// One message, as people see it.
import { blockNodes } from "./blocks.js";
import { clock, h, icon, mark, size } from "./dom.js";
import { emoji } from "./emoji.js";
import { markdown } from "./markdown.js";
import { mrkdwn } from "./mrkdwn.js";
import { planNode, taskNode } from "./plan.js";
import { act, nameOf, personOf } from "./world.js";
import { toast } from "./toast.js";

export function initials(name) {
  const [first = "", second = ""] = name.split(/\s+/);
  return (second === "" ? first.slice(0, 2) : `${first[0]}${second[0]}`).toUpperCase();
}

export function avatar(id, more = "") {
  const person = personOf(id);
  if (person === undefined) return h("span", { class: `av av-app ${more}`.trim(), "aria-hidden": "true" }, mark());
  return h("span", { class: `av ${person.colour} ${more}`.trim(), "aria-hidden": "true" }, initials(person.name));
}

/** `summary` is shown under a message of the channel that has a thread. */
export function messageNode(message, { channel, summary }) {
  const when = h(
    "time",
    { datetime: new Date(message.atMs).toISOString(), title: new Date(message.atMs).toLocaleString() },
    clock(message.atMs),
  );
  return h(
    "article",
    {
      class: message.private ? "msg is-eph" : "msg",
      "aria-label": `${message.author}, ${clock(message.atMs)}`,
      id: `m-${message.ts}`,
    },
    message.from === "slack" ? h("span", { class: "av av-5", "aria-hidden": "true" }, "S") : avatar(message.user),
    h(
      "div",
      { class: "msg-main" },
      h(
        "p",
        { class: "msg-by" },
        h("b", {}, message.author),
        message.from === "app" ? h("span", { class: "tag" }, "app") : null,
        " ",
        when,
      ),
      message.private ? h("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
      ...body(message, channel),
      ...files(message),
      reactions(message),
      summary ?? null,
    ),
  );
}

function body(message, channel) {
  if (message.stream?.state === "in_progress") return live(message.stream);
  if (message.blocks.length > 0) return framed(message, channel);
  if (message.text === "") return [];
  const edited = message.edited ? [" ", h("span", { class: "faint" }, "(edited)")] : [];
  return [h("div", { class: "msg-text" }, ...mrkdwn(message.text), ...edited)];
}

// A plan has its own frame; the rest of a card stands in one.
function framed(message, channel) {
  const press = (element, block, given) => pressIn(message, channel, { element, block, given });
  const bare = new Set(["plan", "task_card", "markdown"]);
  const groups = [];
  for (const block of message.blocks) {
    const alone = bare.has(block.type);
    const last = groups.at(-1);
    if (!alone && last?.alone === false) last.blocks.push(block);
    else groups.push({ alone, blocks: [block] });
  }
  return groups.map(({ alone, blocks }) =>
    h("div", { class: alone ? "loose" : "blocks" }, ...blockNodes(blocks, press)),
  );
}

async function pressIn(message, channel, { element, block, given }) {
  const value = element.value === undefined ? {} : { value: element.value };
  const result = await act("click", {
    channel,
    ts: message.ts,
    actionId: element.action_id,
    blockId: block.block_id,
    ...value,
    ...given,
  });
  // Slack itself says under the message that the app did not answer; other reasons have no place there.
  if (!result.ok && result.failed !== "operation_timeout" && result.failed !== "dispatch_failed") toast(result.failed);
}

function live(stream) {
  const tasks = stream.tasks.map(taskNode);
  const plan = tasks.length > 0 || stream.planTitle ? [planNode(stream.planTitle, tasks)] : [];
  const text = stream.text ? [h("div", { class: "b-md" }, ...markdown(stream.text))] : [];
  return [...plan, ...text, ...(plan.length + text.length === 0 ? [h("p", { class: "faint" }, "Thinking…")] : [])];
}

function files(message) {
  return (message.files ?? []).map((file) => {
    if (/^image\/(png|jpeg|gif|webp)$/.test(file.mimetype))
      return h(
        "figure",
        { class: "pic" },
        h("img", { src: `/page/files/${file.id}`, alt: file.title, loading: "lazy" }),
        h("figcaption", {}, file.title),
      );
    const name = h(
      "a",
      { class: "file", href: `/page/files/${file.id}`, download: file.name },
      icon("file"),
      h("b", {}, file.title),
      h("span", { class: "faint" }, size(file.lengthBytes)),
    );
    if (!file.text) return name;
    return h(
      "details",
      { class: "snippet", "data-part": `file/${file.id}` },
      h(
        "summary",
        { class: "chev-end" },
        icon("file"),
        h("b", {}, file.title),
        h("span", { class: "faint" }, size(file.lengthBytes)),
      ),
      h("pre", { class: "b-pre", tabindex: "0" }, file.text),
      name,
    );
  });
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h(
    "p",
    { class: "reacts" },
    ...message.reactions.map(({ name, users }) =>
      h(
        "span",
        { class: "react", title: users.map(nameOf).join(", ") },
        emoji(name),
        " ",
        String(users.length),
        h("span", { class: "vh" }, ` ${name} by ${users.map(nameOf).join(", ")}`),
      ),
    ),
  );
}

/** "3 replies", and whether something is going on in there. */
export function threadSummary(message, channel, { count, lastMs, working }) {
  if (count === 0 && !working) return null;
  return h(
    "a",
    { class: "msg-thread", href: `#/${channel}/${message.ts}`, "data-part": `thread/${message.ts}` },
    icon("reply"),
    h("b", {}, count === 1 ? "1 reply" : `${count} replies`),
    lastMs ? h("span", {}, `last ${clock(lastMs)}`) : null,
    working ? h("span", { class: "live" }, "Live") : null,
  );
}
