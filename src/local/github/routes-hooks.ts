// The app's own view of its webhook deliveries.
import { notFound } from "./refusal.ts";
import { numberParam, ok, page, route, wantJwt, type Ask, type Route } from "./router.ts";
import { iso } from "./shapes.ts";
import type { Delivery } from "./state.ts";

function deliveryShape(ask: Ask, delivery: Delivery): Record<string, unknown> {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: iso(delivery.deliveredAtMs),
    redelivery: delivery.redelivery,
    duration: delivery.durationMs / 1000,
    status: delivery.statusText,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: ask.world.app.installationId,
    repository_id: delivery.repositoryId,
    url: delivery.url,
  };
}

export const hookRoutes: readonly Route[] = [
  route("GET", "/app/hook/deliveries", async (ask) => {
    wantJwt(ask.caller);
    return page(
      ask,
      ask.world.hooks
        .deliveries()
        .toReversed()
        .map((delivery) => deliveryShape(ask, delivery)),
    );
  }),
  route("GET", "/app/hook/deliveries/:id", async (ask) => {
    wantJwt(ask.caller);
    const id = numberParam(ask, "id");
    const delivery = ask.world.hooks.deliveries().find((one) => one.id === id);
    if (delivery === undefined) throw notFound();
    const request = { headers: { "X-GitHub-Event": delivery.event }, payload: JSON.parse(delivery.payload) };
    return ok({ ...deliveryShape(ask, delivery), request, response: { headers: {}, payload: null } });
  }),
  route("POST", "/app/hook/deliveries/:id/attempts", async (ask) => {
    wantJwt(ask.caller);
    if (!ask.world.hooks.redeliver(numberParam(ask, "id"))) throw notFound();
    return { status: 202, body: {} };
  }),
];
