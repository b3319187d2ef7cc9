// views.*
import type { Args } from "../args.ts";
import { Refusal, type Slack } from "../context.ts";
import type { Json } from "../json.ts";
import { redeemTrigger, type Trigger } from "../tickets.ts";
import { checkedView, newHash, openView, pushView, updateView } from "../views.ts";
import { viewJson } from "../wire.ts";
import { announce, type View, type World } from "../world.ts";
import type { Methods } from "./method.ts";

export const views: Methods = {
  "views.open": { scopes: [], run: open },
  "views.push": { scopes: [], run: push },
  "views.update": { scopes: [], run: update },
  "views.publish": { scopes: [], run: publish },
};

// The view is judged first: a bad one does not cost the trigger.
function open(slack: Slack, args: Args): Json {
  const { world } = slack;
  const id = args.need("trigger_id");
  const body = checkedView(world, args.raw("view"), "modal");
  const trigger = spend(slack, id);
  return { view: viewJson(world, openView(world, trigger.userId, body)) };
}

function push(slack: Slack, args: Args): Json {
  const { world } = slack;
  const id = args.need("trigger_id");
  const body = checkedView(world, args.raw("view"), "modal");
  const trigger = spend(slack, id);
  if (trigger.viewId === undefined || !world.views.has(trigger.viewId)) throw new Refusal("not_found");
  return { view: viewJson(world, pushView(world, trigger.userId, body)) };
}

function spend(slack: Slack, id: string): Trigger {
  const trigger = redeemTrigger(slack.tickets, id, Date.now());
  if (typeof trigger === "string") throw new Refusal(trigger);
  return trigger;
}

function update({ world }: Slack, args: Args): Json {
  const view = named(world, args);
  const hash = args.text("hash");
  const body = checkedView(world, args.raw("view"), "modal");
  if (hash !== undefined && hash !== view.hash) throw new Refusal("hash_conflict");
  updateView(world, view, body);
  return { view: viewJson(world, view) };
}

function named(world: World, args: Args): View {
  const id = args.text("view_id");
  const externalId = args.text("external_id");
  if (id === undefined && externalId === undefined)
    throw new Refusal("invalid_arguments", ["[ERROR] missing required field: view_id or external_id"]);
  const view = [...world.views.values()].find(
    (each) => each.id === id || (externalId !== undefined && each.externalId === externalId),
  );
  if (view === undefined) throw new Refusal("not_found");
  return view;
}

function publish({ world }: Slack, args: Args): Json {
  const userId = args.need("user_id");
  if (!world.people.has(userId)) throw new Refusal("user_not_found");
  const body = checkedView(world, args.raw("view"), "home");
  world.homes.set(userId, body);
  announce(world);
  const id = `VH${userId}`;
  const view: View = { id, userId, rootId: id, body, hash: newHash(), values: {}, errors: {}, problem: "" };
  return { view: viewJson(world, view) };
}
