// Modals: what is a valid view, and the stack of them a person has open.
import { randomBytes } from "node:crypto";
import { validateBlocks, type Surface } from "./blocks.ts";
import { may, must, oneOf, shape, text, flag, type Check } from "./checks.ts";
import { Refusal } from "./context.ts";
import { plain } from "./elements.ts";
import { formValues } from "./form-values.ts";
import { isObject, objectsOf, textOf, type Json } from "./json.ts";
import { missingFiles } from "./methods/content.ts";
import { withIds } from "./messages.ts";
import { announce, nextId, type View, type World } from "./world.ts";

const STACK_MAX = 3;

const anything: Check = () => {};
const common = {
  type: must(text(30)),
  blocks: must(anything),
  private_metadata: may(text(3000, 0)),
  callback_id: may(text(255, 0)),
  external_id: may(text(255, 0)),
};
const SHAPES: Readonly<Record<Exclude<Surface, "message">, Check>> = {
  modal: shape({
    ...common,
    type: must(oneOf("modal")),
    title: must(plain(24)),
    submit: may(plain(24)),
    close: may(plain(24)),
    clear_on_close: may(flag),
    notify_on_close: may(flag),
    submit_disabled: may(flag),
  }),
  home: shape({ ...common, type: must(oneOf("home")) }),
};

/** Slack's complaints about a view; an empty list means it would open. */
export function validateView(view: unknown, surface: "modal" | "home"): string[] {
  if (!isObject(view)) return ["[ERROR] must be an object [json-pointer:/view]"];
  const out: string[] = [];
  SHAPES[surface](view, "/view", out);
  out.push(...validateBlocks(view["blocks"], surface, "/view/blocks"));
  const asks = objectsOf(view["blocks"]).some((block) => block["type"] === "input");
  if (surface === "modal" && asks && view["submit"] === undefined)
    out.push("[ERROR] missing required field: submit (the view has input blocks) [json-pointer:/view]");
  return out;
}

export function checkedView(world: World, raw: unknown, surface: "modal" | "home"): Json {
  const problems = validateView(raw, surface);
  if (problems.length > 0 || !isObject(raw)) throw new Refusal("invalid_arguments", problems);
  const missing = missingFiles(world, objectsOf(raw["blocks"]), "/view/blocks");
  if (missing.length > 0) throw new Refusal("invalid_arguments", missing);
  return { ...raw, blocks: withIds(objectsOf(raw["blocks"])) };
}

export function openViews(world: World, userId: string): readonly View[] {
  return (world.stacks.get(userId) ?? []).flatMap((id) => world.views.get(id) ?? []);
}

/** A new stack: what the person had open is gone. */
export function openView(world: World, userId: string, body: Json): View {
  closeViews(world, userId);
  return addView(world, userId, body);
}

export function pushView(world: World, userId: string, body: Json): View {
  if (openViews(world, userId).length >= STACK_MAX) throw new Refusal("push_limit_reached");
  return addView(world, userId, body);
}

function addView(world: World, userId: string, body: Json): View {
  const externalId = textOf(body["external_id"]);
  takeExternalId(world, externalId);
  const before = openViews(world, userId);
  const id = nextId(world, "V");
  const previous = before.at(-1);
  const view: View = {
    id,
    userId,
    rootId: before[0]?.id ?? id,
    ...(previous === undefined ? {} : { previousId: previous.id }),
    ...(externalId === "" ? {} : { externalId }),
    body,
    hash: newHash(),
    values: formValues(objectsOf(body["blocks"])),
    errors: {},
    problem: "",
  };
  world.views.set(id, view);
  world.stacks.set(userId, [...before.map((each) => each.id), id]);
  announce(world);
  return view;
}

function takeExternalId(world: World, externalId: string, own?: View): void {
  if (externalId === "") return;
  const taken = [...world.views.values()].some((view) => view !== own && view.externalId === externalId);
  if (taken) throw new Refusal("duplicate_external_id");
}

export function updateView(world: World, view: View, body: Json): void {
  const externalId = textOf(body["external_id"]);
  takeExternalId(world, externalId, view);
  view.body = body;
  if (externalId === "") delete view.externalId;
  else view.externalId = externalId;
  view.hash = newHash();
  view.values = formValues(objectsOf(body["blocks"]), view.values);
  view.errors = {};
  view.problem = "";
  announce(world);
}

export function closeViews(world: World, userId: string): void {
  for (const view of openViews(world, userId)) world.views.delete(view.id);
  world.stacks.delete(userId);
  announce(world);
}

/** Back to the view below. */
export function closeTop(world: World, view: View): void {
  const left = (world.stacks.get(view.userId) ?? []).filter((id) => id !== view.id);
  world.views.delete(view.id);
  if (left.length === 0) world.stacks.delete(view.userId);
  else world.stacks.set(view.userId, left);
  announce(world);
}

export function newHash(): string {
  return `${Math.floor(Date.now() / 1000)}.${randomBytes(6).toString("base64url").slice(0, 8)}`;
}
