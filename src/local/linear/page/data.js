// What the page knows, and how it asks the service.
const root = document.getElementById("iss");
export const facts = JSON.parse(root.dataset.facts);

const KEPT = `act-as:${facts.organization}`;
const active = facts.people.filter(({ isActive }) => isActive);

export const here = {
  me: localStorage.getItem(KEPT) ?? "",
  data: JSON.parse(root.dataset.now),
};
if (!active.some(({ id }) => id === here.me)) here.me = active[0]?.id ?? "";

export function people() {
  return active;
}

export function actAs(id) {
  here.me = id;
  localStorage.setItem(KEPT, id);
}

export function nameOf(id) {
  return facts.people.find((person) => person.id === id)?.name ?? appOf(id)?.name ?? "Linear";
}

export function appOf(id) {
  return here.data.apps.find((app) => app.id === id);
}

/** The teams that this person sees. */
export function myTeams() {
  const only = facts.people.find(({ id }) => id === here.me)?.guestOf ?? null;
  return here.data.teams.filter(({ id }) => only === null || only.includes(id));
}

export function issuesOf(teamId) {
  return here.data.issues.filter(({ team }) => team === teamId);
}

export async function load() {
  const query = facts.issue === "" ? "" : `?${new URLSearchParams({ issue: facts.issue })}`;
  const response = await fetch(`/page/data${query}`).catch(() => undefined);
  if (response?.status === 401)
    throw new Error("The local tracker was started anew: open the page with the link that the terminal printed.");
  if (response?.ok !== true) throw new Error("The local tracker does not answer; trying again.");
  return response.json();
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
    return { ok: false, failed: "The local tracker does not answer. Is it still running?" };
  }
}
