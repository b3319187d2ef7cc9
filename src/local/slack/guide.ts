// The five steps of the demo, judged from what really happened in this workspace. Pure.
import { interactiveOf } from "./blocks.ts";
import { objectOf, textOf } from "./json.ts";
import type { SeedPerson, SeedUsergroup } from "./seed.ts";
import type { LocalSlackState, MessageState } from "./state.ts";

type GuideAct =
  | { readonly kind: "fill"; readonly text: string; readonly channel: string }
  | { readonly kind: "act-as"; readonly user: string }
  | { readonly kind: "go"; readonly channel: string; readonly threadTs: string }
  | { readonly kind: "open"; readonly url: string };

export interface GuideStep {
  readonly title: string;
  readonly detail: string;
  readonly code?: string;
  readonly state: "done" | "now" | "later";
  readonly act?: GuideAct;
  readonly actLabel?: string;
}

export interface GuideLook {
  readonly state: Pick<LocalSlackState, "messages" | "acts">;
  readonly people: readonly SeedPerson[];
  readonly usergroups: readonly SeedUsergroup[];
  readonly command: string;
  /** Who looks at the page. */
  readonly viewer: string;
  /** Where step 1 is typed. */
  readonly channel: string;
}

interface Seen {
  readonly requester: string | undefined;
  /** The run's own message, whose thread holds the plan. */
  readonly run: MessageState | undefined;
  readonly card: MessageState | undefined;
  readonly triedOwn: boolean;
  readonly approved: boolean;
  readonly link: MessageState | undefined;
  readonly linkUrl: string | undefined;
  readonly opened: boolean;
}

const APPROVE = /^approve\b/i;
const PULL_REQUEST = /pull request/i;

export function decideGuide(look: GuideLook): readonly GuideStep[] {
  const seen = see(look);
  const done = [
    seen.requester !== undefined,
    wasCarded(look, seen),
    seen.triedOwn || seen.approved,
    seen.approved,
    seen.opened,
  ];
  // A later step that happened means the earlier ones did, whatever was skipped.
  const reached = done.lastIndexOf(true);
  const now = reached + 1;
  const owner = ownerOf(look, seen);
  const steps = [typeThis(look), watch(seen), tryOwn(look, seen), approve(look, seen, owner), open(seen)];
  return steps.map(({ now: wording, act, actLabel, ...rest }, index) => {
    if (index !== now) return { ...rest, state: index < now ? "done" : "later" };
    return {
      ...rest,
      ...wording,
      state: "now",
      ...(act === undefined ? {} : { act }),
      ...(actLabel === undefined ? {} : { actLabel }),
    };
  });
}

/** `now` is what the step says while it is the one to do. */
type Bare = Omit<GuideStep, "state"> & { readonly now?: Pick<GuideStep, "title" | "detail"> };

function typeThis({ command, channel }: GuideLook): Bare {
  return {
    title: "Type this",
    detail: "then press Enter",
    code: command,
    act: { kind: "fill", text: command, channel },
    actLabel: "Fill it in",
  };
}

function watch({ run }: Seen): Bare {
  return { title: "Watch", detail: "the plan, step by step", ...goTo(run) };
}

function tryOwn({ viewer }: GuideLook, { requester, card }: Seen): Bare {
  const step = { title: "Try to approve your own", detail: "it says who can" };
  if (requester !== undefined && viewer !== requester)
    return { ...step, act: { kind: "act-as", user: requester }, actLabel: "Act as" };
  return {
    ...step,
    now: { title: "Try to approve your own", detail: "press Approve: it says who can" },
    ...goTo(card),
  };
}

function approve({ viewer }: GuideLook, { card }: Seen, owner: SeedPerson | undefined): Bare {
  const detail = "then press Approve";
  if (owner === undefined) return { title: "Act as an owner", detail };
  const step = { title: `Act as ${owner.name}`, detail };
  if (viewer === owner.id)
    return { ...step, now: { title: "Press Approve", detail: `as ${owner.name}` }, ...goTo(card) };
  return { ...step, act: { kind: "act-as", user: owner.id }, actLabel: "Act as" };
}

function open({ link, linkUrl }: Seen): Bare {
  const step = { title: "See the pull request", detail: "exactly that change" };
  if (linkUrl !== undefined) return { ...step, act: { kind: "open", url: linkUrl }, actLabel: "Open" };
  return { ...step, ...goTo(link) };
}

function goTo(message: MessageState | undefined): { readonly act?: GuideAct; readonly actLabel?: string } {
  if (message === undefined) return {};
  return {
    act: { kind: "go", channel: message.channel, threadTs: message.threadTs ?? message.ts },
    actLabel: "Show me",
  };
}

function see({ state, command }: GuideLook): Seen {
  const [name = ""] = command.split(" ");
  const { acts, messages } = state;
  const first = acts.find(
    ({ kind, label, failed }) => kind === "command" && failed === undefined && label.startsWith(`${name} `),
  );
  const since =
    first === undefined ? [] : messages.filter(({ botId, atMs }) => botId !== undefined && atMs >= first.atMs - 5_000);
  const votes = acts.filter(
    ({ kind, label, failed }) => kind === "click" && failed === undefined && APPROVE.test(label),
  );
  const decided = votes.some(({ user, ts }) => {
    const card = messages.find((message) => message.ts === ts);
    return user !== first?.user && card !== undefined && !hasButton(card, APPROVE);
  });
  const link = since.findLast((message) => hasButton(message, PULL_REQUEST));
  return {
    requester: first?.user,
    run: since.find(({ threadTs }) => threadTs === undefined),
    card: since.findLast((message) => hasButton(message, APPROVE)),
    triedOwn: votes.some(({ user }) => user === first?.user),
    approved: first !== undefined && decided,
    link,
    linkUrl: link === undefined ? undefined : urlOf(link),
    opened: acts.some(({ kind, label }) => kind === "click" && PULL_REQUEST.test(label)),
  };
}

// The card's button goes with the decision; the votes tell that there was one.
function wasCarded({ state }: GuideLook, { card, requester }: Seen): boolean {
  if (requester === undefined) return false;
  return card !== undefined || state.acts.some(({ kind, label }) => kind === "click" && APPROVE.test(label));
}

function ownerOf({ people, usergroups }: GuideLook, { requester, card }: Seen): SeedPerson | undefined {
  const named = usergroups.find(
    ({ handle }) => card !== undefined && JSON.stringify(card.blocks).includes(`@${handle}`),
  );
  const owners = (named ?? usergroups.find(({ handle }) => handle.includes("owner")))?.members ?? [];
  return people.find(({ id }) => owners.includes(id) && id !== requester);
}

function hasButton(message: MessageState, label: RegExp): boolean {
  return buttons(message).some(({ text }) => label.test(text));
}

function urlOf(message: MessageState): string | undefined {
  const url = buttons(message).find(({ text }) => PULL_REQUEST.test(text))?.url ?? "";
  return url === "" ? undefined : url;
}

function buttons(message: MessageState): readonly { readonly text: string; readonly url: string }[] {
  return message.blocks
    .flatMap(interactiveOf)
    .filter((element) => element["type"] === "button")
    .map((element) => ({ text: textOf(objectOf(element["text"])["text"]), url: textOf(element["url"]) }));
}
