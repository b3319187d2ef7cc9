// The card of an agent session. It is made once and brings itself up to date, so that what one types in it stays.
import { activityNode } from "./activities.js";
import { h, icon, patch, patchList, time, vh } from "./dom.js";
import { growing, keepDraft, sendOnEnter } from "./forms.js";
import { link, markdown } from "./markdown.js";
import { avatar, sessionPill } from "./parts.js";
import { tryTo } from "./toast.js";

const ENDED = ["complete", "error", "stopping"];
const isOver = ({ status, dismissedBy }) => ["complete", "error"].includes(status) || dismissedBy !== undefined;

export function sessionNode(first) {
  const { id, slugId } = first;
  const head = h("div", { class: "bare" });
  const acts = h("ol", { class: "acts", "aria-label": "What the agent did" });
  const plan = h("div", { class: "bare" });
  const reply = replyForm(id);
  const grid = h("div", { class: "sess-grid" }, acts, plan);
  const card = h(
    "article",
    { class: "card sess", id: `agent-session-${slugId}`, "aria-labelledby": `sess-${slugId}` },
    head,
    grid,
    reply,
  );
  // An earlier session that is over takes little room until one wants to see it.
  let folded = first.earlier && isOver(first);
  const fold = () => {
    folded = !folded;
    card.update(card.session);
  };
  card.update = (session) => {
    card.session = session;
    const { activities, plan: steps, ...bare } = session;
    patch(head, { ...bare, folded }, () => headOf({ ...bare, folded, fold }));
    card.classList.toggle("is-folded", folded);
    grid.hidden = folded;
    patchList(acts, activities.length > 0 ? activities : [{ id: "nothing", session: bare }], {
      key: ({ id }) => id,
      render: (activity) => (activity.session ? nothingYet(bare) : activityNode(activity, bare)),
    });
    patch(plan, steps, () => planOf(session, steps));
    grid.classList.toggle("no-plan", steps.length === 0);
    const asked = activities.some(({ question }) => question?.open === true);
    reply.hidden = folded || bare.dismissedBy !== undefined || bare.closed === true;
    reply.field.placeholder = asked ? "Answer in your own words" : "Reply to the agent";
  };
  return card;
}

function headOf(session) {
  const { app, slugId, creator, createdAtMs, links, summary } = session;
  const by = creator === undefined ? "automatic" : `for ${creator}`;
  return [
    h(
      "div",
      { class: "card-head" },
      avatar(app.id),
      h(
        "div",
        { class: "sess-who" },
        h("h2", { id: `sess-${slugId}` }, app.name, " ", h("span", { class: "tag" }, "agent")),
        h("p", {}, by, " · ", time(createdAtMs)),
      ),
      sessionPill(session),
      h("span", { class: "push btn-row" }, links.map(linkButton), controls(session), folding(session)),
    ),
    summary ? h("div", { class: "sess-sum md" }, markdown(summary)) : null,
  ];
}

function linkButton({ label, url }) {
  const button = link(url, [icon("out"), label], "");
  button.className = "btn btn-s";
  return button;
}

function controls({ id, status, dismissedBy, closed, folded }) {
  if (dismissedBy !== undefined || closed || folded) return null;
  const stop = ENDED.includes(status)
    ? null
    : h(
        "button",
        {
          type: "button",
          class: "btn btn-s btn-danger",
          "data-part": `stop/${id}`,
          onclick: () => void tryTo("stop", { session: id }),
        },
        icon("stop"),
        "Stop",
      );
  const dismiss = h(
    "button",
    {
      type: "button",
      class: "btn btn-s btn-quiet",
      "data-part": `dismiss/${id}`,
      onclick: () => void tryTo("dismiss", { session: id }),
    },
    "Dismiss",
  );
  return [stop, dismiss];
}

function nothingYet({ app, unresponsive, status }) {
  const words = unresponsive ? `${app.name} did not respond.` : `${app.name} has said nothing yet.`;
  const waits = !unresponsive && status === "pending";
  return h(
    "li",
    { class: unresponsive ? "act act-error" : "act act-thought" },
    icon(unresponsive ? "warn" : "clock"),
    h("div", {}, waits ? h("p", { class: "live" }, words) : h("p", {}, words)),
  );
}

function folding(session) {
  if (!session.earlier || (!session.folded && !isOver(session))) return null;
  const props = {
    type: "button",
    class: "btn btn-s btn-quiet",
    "aria-expanded": String(!session.folded),
    "data-part": `fold/${session.id}`,
    onclick: session.fold,
  };
  return h("button", props, session.folded ? "Show" : "Hide");
}

const STEPS = {
  completed: ["is-done", "check", "done"],
  inProgress: ["is-now", "ready", "now"],
  canceled: ["is-left", "x", "canceled"],
  pending: [null, "todo", "to do"],
};

function planOf({ slugId }, steps) {
  if (steps.length === 0) return null;
  const done = steps.filter(({ status }) => status === "completed").length;
  return h(
    "section",
    { class: "sess-plan", "aria-labelledby": `plan-${slugId}` },
    h("h3", { id: `plan-${slugId}` }, "Plan ", h("span", { class: "faint" }, `${done} of ${steps.length}`)),
    h(
      "ol",
      {},
      steps.map(({ content, status }) => {
        const [className, drawn, words] = STEPS[status] ?? STEPS.pending;
        return h("li", { class: className }, icon(drawn), h("span", {}, content, vh(` (${words})`)));
      }),
    ),
  );
}

function replyForm(session) {
  const field = growing(
    h("textarea", { class: "input", id: `reply-${session}`, rows: 1, "aria-label": "Reply to the agent" }),
  );
  const form = h(
    "form",
    { class: "card-foot reply", autocomplete: "off" },
    field,
    h("button", { type: "submit", class: "btn" }, icon("send"), "Reply"),
  );
  const draft = keepDraft(field, `reply/${session}`);
  sendOnEnter(form, field);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (field.value.trim() === "") return;
    if ((await tryTo("prompt", { session, body: field.value.trim() })).ok) draft.clear();
  });
  form.field = field;
  return form;
}
