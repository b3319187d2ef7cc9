// The list of channels and people.
import { byId, h, icon, patchList } from "./dom.js";
import { avatar } from "./message.js";
import { here, unread, world } from "./world.js";

export function renderSide(actAs) {
  const next = nextPerson();
  const channels = here.data.channels.map((channel) => ({
    id: channel.id,
    name: channel.name,
    isPrivate: channel.isPrivate,
    current: channel.id === here.channel,
    count: channel.id === here.channel ? 0 : unread(channel),
  }));
  patchList(byId("channels"), channels, { key: ({ id }) => id, render: channelItem });
  const people = world.people
    .filter(({ isBot }) => !isBot)
    .map((person) => ({ person, me: person.id === here.me, wanted: person.id === next }));
  patchList(byId("people"), people, { key: ({ person }) => person.id, render: (item) => personItem(item, actAs) });
  byId("me").replaceChildren(
    avatar(here.me, "av-s"),
    h("span", {}, world.people.find(({ id }) => id === here.me)?.name ?? ""),
  );
  byId("link-state").textContent = here.data.connected ? "" : `${world.bot.name} is not connected right now.`;
}

function channelItem({ id, name, isPrivate, current, count }) {
  return h(
    "li",
    {},
    h(
      "a",
      {
        href: `#/${id}`,
        "data-part": `to/${id}`,
        "aria-current": current ? "page" : null,
        class: count > 0 ? "is-unread" : null,
      },
      icon(isPrivate ? "lock" : "hash"),
      name,
      count > 0 ? h("span", { class: "count push" }, String(count), h("span", { class: "vh" }, " unread")) : null,
    ),
  );
}

function nextPerson() {
  const step = here.data.guide.find(({ state }) => state === "now");
  return step?.act?.kind === "act-as" ? step.act.user : undefined;
}

function personItem({ person, me, wanted }, actAs) {
  return h(
    "li",
    { class: me ? "is-me" : wanted ? "is-next" : null },
    avatar(person.id, "av-s"),
    h("div", {}, h("b", {}, person.name), h("span", {}, person.title)),
    me
      ? h("span", { class: "tag" }, "you")
      : h(
          "button",
          {
            type: "button",
            class: wanted ? "btn btn-s btn-gold" : "btn btn-s",
            "aria-label": `Act as ${person.name}`,
            "data-part": `as/${person.id}`,
            onclick: () => actAs(person.id),
          },
          "Act as",
        ),
  );
}
