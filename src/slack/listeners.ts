// One listener per kind of delivery. Each stores first; a store that throws leaves the delivery unacknowledged.
import type { App } from "@slack/bolt";
import type { ModalView } from "@slack/types";
import type { WebClient } from "@slack/web-api";
import { sortMention, type Person, type Place } from "../core/request.ts";
import type { Intake, Log } from "../ports.ts";
import { formFailedAnswer, helpAnswer, notYetAnswer, tooLongAnswer, type Answer } from "./answers.ts";
import type { FormData } from "./actions.ts";
import { renderAskForm, renderRejectForm, renderRequestChangesForm } from "./forms.ts";
import type { NameBook } from "./name-book.ts";
import { parseSubmission } from "./parse-form.ts";
import { parsePress, type PressedForm } from "./parse-press.ts";
import { parseMention, parseSlash, type ParsedMention, type SlackSelf } from "./parse.ts";

export interface ListenerPorts {
  readonly intake: Intake;
  readonly client: WebClient;
  readonly self: SlackSelf;
  readonly names: Pick<NameBook, "nameOf">;
  readonly log: Log;
}

/** The events and interactions we hear; the manifest declares the same. */
export const EVENTS = ["app_mention", "message"] as const;

export function listen(app: App, ports: ListenerPorts): void {
  for (const event of EVENTS) app.event(event, async ({ body }) => hearPost(ports, body));
  app.command(/.*/, async ({ body, ack }) => {
    await hearCommand(ports, body, async (answer) => {
      await (answer === undefined ? ack() : ack({ response_type: "ephemeral", ...answer }));
    });
  });
  app.action(/.*/, async ({ body, ack }) => hearPress(ports, body, async () => ack()));
  app.view(/.*/, async ({ body, ack }) => {
    await hearSubmission(ports, body, async (errors) => {
      await (errors === undefined ? ack() : ack({ response_action: "errors", errors: { ...errors } }));
    });
  });
}

async function hearPost(ports: ListenerPorts, body: unknown): Promise<void> {
  const parsed = parseMention(body, ports.self);
  if (parsed.ok) {
    if (await answerSmallTalk(ports, parsed.value)) return;
    const { key, request } = parsed.value;
    const { id, name } = request.requester;
    const requester = { id, name: ports.names.nameOf(name) ?? name };
    await ports.intake.acceptMention({ source: "slack", key }, { ...request, requester });
    return;
  }
  const { problem } = parsed;
  if (problem.kind === "malformed") ports.log.warn({ detail: problem.detail }, "slack post could not be read");
  if (problem.kind === "too_long" && !problem.twin) await whisper(ports, problem, tooLongAnswer(problem.characters));
}

const HELP = /^help[.!?]*$/i;

/** Outside a thread a bare mention, thanks or "help" is nothing to store: it gets an answer and costs nothing. */
async function answerSmallTalk(ports: ListenerPorts, mention: ParsedMention): Promise<boolean> {
  const { request } = mention;
  const { place, text } = request;
  if (place.threadTs !== place.messageTs || request.files.length > 0) return false;
  if (mention.twin) return text === "" || HELP.test(text) || sortMention(text) === "thanks";
  const wantsHelp = text === "" || HELP.test(text);
  if (wantsHelp) await whisper(ports, { by: request.requester, place: atChannel(place) }, helpAnswer());
  else if (sortMention(text) === "thanks") await thank(ports, place);
  else return false;
  return true;
}

function atChannel(place: Place): Place {
  const { threadTs: _own, ...rest } = place;
  return rest;
}

async function thank(ports: ListenerPorts, place: Place): Promise<void> {
  if (place.messageTs === undefined) return;
  try {
    await ports.client.reactions.add({ channel: place.channel, timestamp: place.messageTs, name: "+1" });
  } catch (cause) {
    ports.log.warn({ error: String(cause) }, "slack reaction was not added");
  }
}

async function hearCommand(
  ports: ListenerPorts,
  body: unknown,
  ack: (answer?: Answer) => Promise<void>,
): Promise<void> {
  const parsed = parseSlash(body);
  if (!parsed.ok) {
    if (parsed.problem.kind === "too_long") return ack(tooLongAnswer(parsed.problem.characters));
    throw new Error(`slash command could not be read: ${JSON.stringify(parsed.problem)}`);
  }
  const slash = parsed.value;
  switch (slash.kind) {
    case "help":
      return ack(helpAnswer());
    case "not-yet":
      return ack(notYetAnswer(slash.word));
    case "form": {
      await ack();
      const { channel } = slash.place;
      return openForm(ports, slash, renderAskForm({ channel }, slash.prefill));
    }
    case "request":
      await ports.intake.acceptRequest({ source: "slack", key: slash.key }, slash.request);
      return ack();
    case "interaction":
      await ports.intake.acceptInteraction({ source: "slack", key: slash.key }, slash.interaction);
      return ack();
    default:
      return slash satisfies never;
  }
}

async function hearPress(ports: ListenerPorts, body: unknown, ack: () => Promise<void>): Promise<void> {
  const parsed = parsePress(body);
  if (!parsed.ok) {
    await ack();
    if (parsed.problem.kind === "malformed") {
      ports.log.warn({ detail: parsed.problem.detail }, "slack button could not be read");
    }
    return;
  }
  const press = parsed.value;
  switch (press.kind) {
    case "interaction":
      await ports.intake.acceptInteraction({ source: "slack", key: press.key }, press.interaction);
      return ack();
    case "help":
      await ack();
      return whisper(ports, press, helpAnswer());
    case "form":
      await ack();
      return openForm(ports, press, renderPressedForm(press.form, press.place));
    default:
      return press satisfies never;
  }
}

function renderPressedForm(form: PressedForm, place: Place): ModalView {
  const { channel, threadTs, messageTs } = place;
  const at: FormData = {
    channel,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(messageTs === undefined ? {} : { messageTs }),
  };
  if (form.name === "ask") return renderAskForm(at, form);
  const data = { ...at, run: form.run, change: form.change };
  return form.name === "reject" ? renderRejectForm(data) : renderRequestChangesForm(data);
}

async function hearSubmission(
  ports: ListenerPorts,
  body: unknown,
  ack: (errors?: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const parsed = parseSubmission(body);
  if (!parsed.ok) throw new Error(`form could not be read: ${JSON.stringify(parsed.problem)}`);
  const submission = parsed.value;
  switch (submission.kind) {
    case "errors":
      return ack(submission.errors);
    case "request":
      await ports.intake.acceptRequest({ source: "slack", key: submission.key }, submission.request);
      return ack();
    case "interaction":
      await ports.intake.acceptInteraction({ source: "slack", key: submission.key }, submission.interaction);
      return ack();
    default:
      return submission satisfies never;
  }
}

interface Opening {
  readonly triggerId: string;
  readonly place: Place;
  readonly by: Person;
}

async function openForm(ports: ListenerPorts, opening: Opening, view: ModalView): Promise<void> {
  try {
    await ports.client.views.open({ trigger_id: opening.triggerId, view });
  } catch (cause) {
    ports.log.warn({ error: String(cause) }, "slack form was not opened");
    await whisper(ports, opening, formFailedAnswer());
  }
}

/** Best effort: what is answered here was never stored, so nothing is owed beyond it. */
async function whisper(
  ports: ListenerPorts,
  to: { readonly by: Person; readonly place: Place },
  answer: Answer,
): Promise<void> {
  const { channel, threadTs } = to.place;
  try {
    await ports.client.chat.postEphemeral({
      channel,
      user: to.by.id.replace(/^slack:/, ""),
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      ...answer,
    });
  } catch (cause) {
    ports.log.warn({ error: String(cause) }, "slack private answer was not shown");
  }
}
