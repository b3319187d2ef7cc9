// One agent session as the page shows it: which question is open, and who answered which.
import { isWebUrl } from "./activities.ts";
import type { Activity, ExternalUrl, Option, PlanStep, Session, SessionStatus, World } from "./model.ts";
import { activitiesOf, nameOf, readOptions } from "./world.ts";

interface Question {
  readonly options: readonly Option[];
  readonly open: boolean;
  /** Where an account is to be connected. */
  readonly authUrl?: string | undefined;
  readonly answer?: { readonly text: string; readonly by: string; readonly atMs: number } | undefined;
}

export type ShownActivity = {
  readonly id: string;
  readonly author: string;
  readonly authorId: string;
  readonly atMs: number;
  readonly ephemeral: boolean;
} & (
  | { readonly kind: "thought" | "response" | "error" | "prompt" | "stop"; readonly body: string }
  | { readonly kind: "elicitation"; readonly body: string; readonly question: Question }
  | {
      readonly kind: "action";
      readonly action: string;
      readonly parameter: string;
      readonly result?: string | undefined;
    }
);

export interface SessionCard {
  readonly id: string;
  readonly slugId: string;
  readonly app: { readonly id: string; readonly name: string };
  /** Absent: nobody asked for it by hand. */
  readonly creator?: string | undefined;
  readonly createdAtMs: number;
  readonly status: SessionStatus;
  readonly unresponsive: boolean;
  readonly dismissedBy?: string | undefined;
  readonly summary?: string | undefined;
  readonly links: readonly ExternalUrl[];
  readonly plan: readonly PlanStep[];
  readonly activities: readonly ShownActivity[];
}

export function sessionCard(world: World, session: Session): SessionCard {
  const { id, slugId, appUserId, creatorId, createdAtMs, status, unresponsive, dismissedById } = session;
  return {
    id,
    slugId,
    app: { id: appUserId, name: nameOf(world, appUserId) },
    creator: creatorId === undefined ? undefined : nameOf(world, creatorId),
    createdAtMs,
    status,
    unresponsive,
    dismissedBy: dismissedById === undefined ? undefined : nameOf(world, dismissedById),
    summary: session.summary,
    links: session.externalUrls.filter(({ url }) => isWebUrl(url)),
    plan: session.plan ?? [],
    activities: shownActivities(world, session),
  };
}

function shownActivities(world: World, session: Session): readonly ShownActivity[] {
  const all = activitiesOf(world, session.id);
  const answers = new Map(all.map((activity) => [activity.id, answerTo(all, activity)]));
  const inQuestions = new Set([...answers.values()].map((answer) => answer?.id));
  return all
    .filter(({ id }) => !inQuestions.has(id))
    .map((activity) =>
      shown(world, activity, question(world, { session, all, activity, answer: answers.get(activity.id) })),
    );
}

/** The first thing a person said after a question and before the next one. */
function answerTo(all: readonly Activity[], asked: Activity): Activity | undefined {
  if (asked.content.type !== "elicitation") return undefined;
  for (const later of all.slice(all.indexOf(asked) + 1)) {
    if (later.content.type === "elicitation" || later.signal === "stop") return undefined;
    if (later.content.type === "prompt") return later;
  }
  return undefined;
}

interface Asked {
  readonly session: Session;
  readonly all: readonly Activity[];
  readonly activity: Activity;
  readonly answer: Activity | undefined;
}

function question(world: World, { session, all, activity, answer }: Asked): Question {
  const options = activity.signal === "select" ? (readOptions(activity.signalMetadata) ?? []) : [];
  const said = answer?.content.type === "prompt" ? answer.content.body : undefined;
  const waits = ["awaitingInput", "stale"].includes(session.status) && session.dismissedAtMs === undefined;
  const newest = all.findLast(({ content }) => content.type === "elicitation" || content.type === "prompt");
  const url = activity.signal === "auth" ? activity.signalMetadata?.["url"] : undefined;
  return {
    options,
    open: waits && newest?.id === activity.id,
    authUrl: typeof url === "string" && isWebUrl(url) ? url : undefined,
    answer:
      answer === undefined || said === undefined
        ? undefined
        : {
            text: options.find(({ value }) => value === said)?.label ?? said,
            by: nameOf(world, answer.userId),
            atMs: answer.atMs,
          },
  };
}

function shown(world: World, activity: Activity, question: Question): ShownActivity {
  const { id, userId, atMs, ephemeral, content, signal } = activity;
  const common = { id, author: nameOf(world, userId), authorId: userId, atMs, ephemeral };
  if (content.type === "action") {
    const { action, parameter, result } = content;
    return { ...common, kind: "action", action, parameter, result };
  }
  const { type, body } = content;
  if (type === "elicitation") return { ...common, kind: type, body, question };
  return { ...common, kind: signal === "stop" ? "stop" : type, body };
}
