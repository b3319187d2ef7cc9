import { expect, it } from "vitest";
import {
  issueReply,
  issueTrigger,
  makeTickets,
  redeemReply,
  redeemTrigger,
  RESPONSE_URL_LIFE_MS,
  TRIGGER_LIFE_MS,
} from "../../../src/local/slack/tickets.ts";

it("expires a trigger after three seconds", () => {
  const tickets = makeTickets();
  const id = issueTrigger(tickets, { userId: "U1" });
  const { untilMs = 0 } = tickets.triggers.get(id) ?? {};
  expect(untilMs - Date.now()).toBeLessThanOrEqual(TRIGGER_LIFE_MS);
  expect(redeemTrigger(tickets, id, untilMs + 1)).toBe("expired_trigger_id");
  expect(redeemTrigger(tickets, id, untilMs)).toMatchObject({ userId: "U1" });
  expect(redeemTrigger(tickets, id, untilMs)).toBe("exchanged_trigger_id");
});

it("expires a response URL after thirty minutes, used or not", () => {
  const tickets = makeTickets();
  const secret = issueReply(tickets, { userId: "U1", channel: "C1" });
  expect(redeemReply(tickets, secret, Date.now() + RESPONSE_URL_LIFE_MS + 1000)).toBe("expired_url");
  expect(redeemReply(tickets, secret, Date.now())).toMatchObject({ channel: "C1" });
  expect(redeemReply(tickets, "other", Date.now())).toBe("not_found");
});
