// Webhooks: signed, answered within five seconds or sent again, in no promised order.
import type { Json } from "./model.ts";

export interface LinearDelivery {
  /** `Linear-Delivery`: the same on every try. */
  readonly id: string;
  /** `Linear-Event`. */
  readonly event: string;
  readonly action: string;
  readonly atMs: number;
  readonly body: Json;
  /** The HTTP status of each try; 0 when nobody answered in time. */
  readonly statuses: readonly number[];
  readonly outcome: "waiting" | "delivered" | "failed";
}
