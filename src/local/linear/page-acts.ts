// What people do on the page: parsed here, done as the service's people do it. A refused act throws the reason.
import { z } from "zod";
import type { Linear } from "./context.ts";
import { changeIssue } from "./issues.ts";
import { assign, choose, comment, createIssue, delegate, dismiss, prompt, remove, stop } from "./people.ts";
import { findIssue, identifierOf } from "./world.ts";

const Id = z.string().min(1).max(200);
const Body = z.string().max(40_000);
const OnIssue = { user: Id, issue: Id };
const InSession = { user: Id, session: Id };
const ACTS = {
  status: z.object({ ...OnIssue, state: Id }),
  assign: z.object({ ...OnIssue, to: Id.nullable() }),
  delegate: z.object({ ...OnIssue, to: Id.nullable() }),
  comment: z.object({ ...OnIssue, body: Body }),
  reply: z.object({ ...OnIssue, body: Body, parent: Id }),
  remove: z.object(OnIssue),
  prompt: z.object({ ...InSession, body: Body }),
  choose: z.object({ ...InSession, value: z.string().max(1_000) }),
  stop: z.object(InSession),
  dismiss: z.object(InSession),
  create: z.object({
    user: Id,
    team: Id,
    title: z.string().trim().min(1, "an issue needs a title").max(500),
    description: Body,
  }),
};

/** What the act led to; undefined when there is no such act. */
export function perform(linear: Linear, act: string, body: unknown): object | undefined {
  switch (act) {
    case "status":
      return setStatus(linear, ACTS.status.parse(body));
    case "assign":
      return assign(linear, ACTS.assign.parse(body));
    case "delegate":
      return delegate(linear, ACTS.delegate.parse(body));
    case "comment":
      return comment(linear, ACTS.comment.parse(body));
    case "reply":
      return comment(linear, ACTS.reply.parse(body));
    case "remove":
      return remove(linear, ACTS.remove.parse(body)) ?? {};
    case "prompt":
      return prompt(linear, ACTS.prompt.parse(body));
    case "choose":
      return choose(linear, ACTS.choose.parse(body));
    case "stop":
      return stop(linear, ACTS.stop.parse(body)) ?? {};
    case "dismiss":
      return dismiss(linear, ACTS.dismiss.parse(body)) ?? {};
    case "create":
      return create(linear, ACTS.create.parse(body));
    default:
      return undefined;
  }
}

/** To exactly this state: a team may have several of one type. */
function setStatus(linear: Linear, act: z.output<typeof ACTS.status>): object {
  const { world } = linear;
  const issue = findIssue(world, act.issue);
  if (issue === undefined || issue.trashed) throw new Error(`no issue ${act.issue}`);
  const person = world.people.get(act.user);
  if (person === undefined || person.isActive === false) throw new Error(`no active person ${act.user}`);
  if (person.isGuest === true && world.teams.get(issue.teamId)?.members.includes(person.id) !== true)
    throw new Error(`${person.name} is a guest and not in this team`);
  changeIssue(linear, issue, { change: { stateId: act.state }, actor: { kind: "person", person } });
  return {};
}

function create(linear: Linear, act: z.output<typeof ACTS.create>): object {
  const team = linear.world.teams.get(act.team);
  if (team === undefined) throw new Error(`no team ${act.team}`);
  const person = linear.world.people.get(act.user);
  if (person?.isGuest === true && !team.members.includes(person.id))
    throw new Error(`${person.name} is a guest and not in this team`);
  const { description, ...rest } = act;
  const made = createIssue(linear, { ...rest, ...(description.trim() === "" ? {} : { description }) });
  const issue = findIssue(linear.world, made.issue);
  return issue === undefined ? {} : { key: identifierOf(linear.world, issue) };
}
