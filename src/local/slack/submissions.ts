// A person sends or closes a modal, and what the app's answer does to it.
import { noteAct } from "./acts.ts";
import { interaction } from "./clicks.ts";
import { Refusal, type Slack } from "./context.ts";
import { clientProblem, givenValue, type FormValues, type Given } from "./form-values.ts";
import { isObject, objectOf, objectsOf, textOf, type Json } from "./json.ts";
import { checkedView, closeTop, closeViews, openViews, pushView, updateView } from "./views.ts";
import { viewJson } from "./wire.ts";
import { announce, type View } from "./world.ts";

const TROUBLE = "We had some trouble connecting. Try again?";

export interface SubmitAct {
  readonly user: string;
  readonly viewId: string;
  /** block_id -> action_id -> what was typed or chosen. */
  readonly values: Readonly<Record<string, Readonly<Record<string, Given>>>>;
}

export type Submitted =
  | { readonly ok: true }
  | { readonly ok: false; readonly failed: string }
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>> };

export async function submit(slack: Slack, act: SubmitAct): Promise<Submitted> {
  const { world } = slack;
  const view = topView(slack, act);
  fill(view, act.values);
  const problems = clientProblems(view);
  if (Object.keys(problems).length > 0) {
    view.errors = problems;
    announce(world);
    return { ok: false, errors: problems };
  }
  const answered = await slack.courier.sendInteraction({
    ...interaction(slack, act.user, { type: "view_submission", viewId: view.id }),
    view: viewJson(world, view),
    response_urls: [],
  });
  const label = textOf(objectOf(view.body["title"])["text"]);
  if (answered.kind === "failed") {
    view.problem = TROUBLE;
    noteAct(world, { user: act.user, kind: "submit", channel: "", label, failed: answered.reason });
    return { ok: false, failed: answered.reason };
  }
  const result = respond(slack, view, answered.payload);
  noteAct(world, {
    user: act.user,
    kind: "submit",
    channel: "",
    label,
    ...("failed" in result ? { failed: result.failed } : {}),
  });
  return result;
}

function topView(slack: Slack, act: { readonly user: string; readonly viewId: string }): View {
  const top = openViews(slack.world, act.user).at(-1);
  if (top?.id !== act.viewId) throw new Error(`${act.user} has no view ${act.viewId} on top`);
  return top;
}

function fill(view: View, given: SubmitAct["values"]): void {
  const values: Record<string, Readonly<Record<string, Json>>> = { ...view.values };
  const blocks = objectsOf(view.body["blocks"]);
  for (const [blockId, actions] of Object.entries(given)) {
    for (const [actionId, value] of Object.entries(actions)) {
      const element = objectOf(blocks.find((block) => block["block_id"] === blockId)?.["element"]);
      const held = element["action_id"] === actionId ? givenValue(element, value) : undefined;
      if (held === undefined)
        throw new Error(`the view has no input ${blockId}/${actionId} that takes ${JSON.stringify(value)}`);
      values[blockId] = { ...values[blockId], [actionId]: held };
    }
  }
  view.values = values satisfies FormValues;
}

function clientProblems(view: View): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {};
  for (const block of objectsOf(view.body["blocks"])) {
    if (block["type"] !== "input") continue;
    const blockId = textOf(block["block_id"]);
    const problem = clientProblem(block, view.values[blockId]?.[textOf(objectOf(block["element"])["action_id"])]);
    if (problem !== undefined) problems[blockId] = problem;
  }
  return problems;
}

// An answer Slack cannot use is a failure the person sees, not a closed form.
function respond(slack: Slack, view: View, payload: Json): Submitted {
  const { world } = slack;
  try {
    switch (payload["response_action"]) {
      case undefined:
        closeTop(world, view);
        return { ok: true };
      case "clear":
        closeViews(world, view.userId);
        return { ok: true };
      case "update":
        updateView(world, view, checkedView(world, payload["view"], "modal"));
        return { ok: true };
      case "push":
        pushView(world, view.userId, checkedView(world, payload["view"], "modal"));
        return { ok: true };
      case "errors":
        return showErrors(slack, view, payload["errors"]);
      default:
        throw new Refusal("invalid_arguments", ["[ERROR] unknown response_action"]);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    view.problem = TROUBLE;
    announce(world);
    return { ok: false, failed: [error.code, ...error.problems].join(" ") };
  }
}

function showErrors(slack: Slack, view: View, errors: unknown): Submitted {
  const inputs = new Set(
    objectsOf(view.body["blocks"]).flatMap((block) => (block["type"] === "input" ? [block["block_id"]] : [])),
  );
  const shown: Record<string, string> = {};
  for (const [blockId, text] of Object.entries(isObject(errors) ? errors : {})) {
    if (!inputs.has(blockId) || typeof text !== "string" || text === "")
      throw new Refusal("invalid_arguments", [`[ERROR] no input block ${blockId}`]);
    shown[blockId] = text;
  }
  if (Object.keys(shown).length === 0)
    throw new Refusal("invalid_arguments", ["[ERROR] missing required field: errors"]);
  view.errors = shown;
  announce(slack.world);
  return { ok: false, errors: shown };
}

export async function closeView(
  slack: Slack,
  act: { readonly user: string; readonly viewId: string },
): Promise<Submitted> {
  const { world } = slack;
  const view = topView(slack, act);
  const clears = view.body["clear_on_close"] === true;
  const label = textOf(objectOf(view.body["title"])["text"]);
  if (clears) closeViews(world, act.user);
  else closeTop(world, view);
  noteAct(world, { user: act.user, kind: "close", channel: "", label });
  if (view.body["notify_on_close"] !== true) return { ok: true };
  const { trigger_id: _none, ...common } = interaction(slack, act.user, { type: "view_closed" });
  const answered = await slack.courier.sendInteraction({ ...common, view: viewJson(world, view), is_cleared: clears });
  return answered.kind === "acked" ? { ok: true } : { ok: false, failed: answered.reason };
}
