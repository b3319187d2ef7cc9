// The two short-lived keys a payload carries: trigger ids (3 s, once) and response URLs (5 posts, 30 min).
import { randomBytes } from "node:crypto";

export const TRIGGER_LIFE_MS = 3_000;
export const RESPONSE_URL_LIFE_MS = 30 * 60_000;
const RESPONSE_URL_USES = 5;

export interface Trigger {
  readonly userId: string;
  readonly untilMs: number;
  /** Set when the click came from inside a modal, so that views.push may stack on it. */
  readonly viewId?: string;
  used: boolean;
}

export interface Reply {
  readonly userId: string;
  readonly channel: string;
  readonly threadTs?: string;
  /** The message or ephemeral that carried the button; absent for a command. */
  readonly originalTs?: string;
  readonly untilMs: number;
  usesLeft: number;
}

export interface Tickets {
  readonly triggers: Map<string, Trigger>;
  readonly replies: Map<string, Reply>;
}

export function makeTickets(): Tickets {
  return { triggers: new Map(), replies: new Map() };
}

export function issueTrigger(tickets: Tickets, from: { readonly userId: string; readonly viewId?: string }): string {
  const id = `${Date.now()}.${randomBytes(5).readUIntBE(0, 5)}.${randomBytes(16).toString("hex")}`;
  tickets.triggers.set(id, { ...from, untilMs: Date.now() + TRIGGER_LIFE_MS, used: false });
  return id;
}

export type Redeemed = Trigger | "invalid_trigger_id" | "expired_trigger_id" | "exchanged_trigger_id";

export function redeemTrigger(tickets: Tickets, id: string, nowMs: number): Redeemed {
  const trigger = tickets.triggers.get(id);
  if (trigger === undefined) return "invalid_trigger_id";
  if (trigger.used) return "exchanged_trigger_id";
  if (nowMs > trigger.untilMs) return "expired_trigger_id";
  trigger.used = true;
  return trigger;
}

/** Answers the secret part of the URL. */
export function issueReply(tickets: Tickets, to: Omit<Reply, "untilMs" | "usesLeft">): string {
  const secret = randomBytes(18).toString("base64url");
  tickets.replies.set(secret, { ...to, untilMs: Date.now() + RESPONSE_URL_LIFE_MS, usesLeft: RESPONSE_URL_USES });
  return secret;
}

export function redeemReply(
  tickets: Tickets,
  secret: string,
  nowMs: number,
): Reply | "not_found" | "expired_url" | "used_url" {
  const reply = tickets.replies.get(secret);
  if (reply === undefined) return "not_found";
  if (nowMs > reply.untilMs) return "expired_url";
  if (reply.usesLeft === 0) return "used_url";
  reply.usesLeft -= 1;
  return reply;
}
