// What the page knows, and how it asks the service. One object, changed in one place.
const facts = JSON.parse(document.getElementById("ws").dataset.world);

export const world = {
  ...facts,
  people: facts.people.map((person, index) => ({ ...person, colour: `av-${(index % 5) + 1}` })),
};

export const here = {
  me: sessionStorage.getItem("act-as") ?? world.people.find((person) => !person.isBot)?.id,
  channel: "",
  thread: "",
  data: undefined,
};
if (!world.people.some(({ id }) => id === here.me)) here.me = world.people[0]?.id;

export function personOf(id) {
  return world.people.find((person) => person.id === id);
}

export function nameOf(id) {
  return id === world.bot.id ? world.bot.name : (personOf(id)?.name ?? id);
}

export async function load() {
  const asked = here.me;
  const response = await fetch(`/page/data?as=${encodeURIComponent(asked)}`);
  if (!response.ok) throw new Error(`the local Slack answered ${response.status}`);
  const data = await response.json();
  return asked === here.me ? data : undefined;
}

/** What a person does; answers `{ ok }`, with `failed` in words when it did not work. */
export async function act(kind, body) {
  try {
    const response = await fetch(`/page/do/${kind}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user: here.me, ...body }),
    });
    return await response.json();
  } catch {
    return { ok: false, failed: "The local Slack does not answer. Is it still running?" };
  }
}

export async function upload(file) {
  const query = new URLSearchParams({ as: here.me, name: file.name });
  const response = await fetch(`/page/upload?${query}`, { method: "POST", body: file });
  if (!response.ok) throw new Error(`${file.name} could not be uploaded`);
  return response.json();
}

const READ = `read:${world.team.id}`;

function readMarks() {
  try {
    return JSON.parse(localStorage.getItem(READ) ?? "{}");
  } catch {
    return {};
  }
}

/** Nothing that was there before the first visit counts as unread. */
const since = (() => {
  const marks = readMarks();
  if (marks.since === undefined) localStorage.setItem(READ, JSON.stringify({ ...marks, since: Date.now() / 1000 }));
  return readMarks().since ?? 0;
})();

export function markRead(channel, ts) {
  const marks = readMarks();
  const key = `${here.me}:${channel}`;
  if (Number(ts) <= (marks[key] ?? 0)) return;
  localStorage.setItem(READ, JSON.stringify({ ...marks, [key]: Number(ts) }));
}

/** Posts in the channel since this person looked, and thread replies that name them. */
export function unread(channel) {
  const from = readMarks()[`${here.me}:${channel.id}`] ?? since;
  const fresh = (message) => Number(message.ts) > from && message.user !== here.me && !message.private;
  return channel.messages.reduce(
    (sum, message) =>
      sum + (fresh(message) ? 1 : 0) + (message.replies ?? []).filter((reply) => fresh(reply) && reply.wakesMe).length,
    0,
  );
}

export function currentChannel() {
  return here.data?.channels.find(({ id }) => id === here.channel);
}

export function currentThread() {
  return currentChannel()?.messages.find(({ ts }) => ts === here.thread);
}
