// The two mutations that REST does not have: a draft made ready for review, and the way back.
import { z } from "zod";
import { parseOperation, type Field, type Operation, type Variables } from "./graphql-parse.ts";
import { setDraft, type At } from "./pull-rules.ts";
import { Refusal } from "./refusal.ts";
import { ok, parseBody, wantInstallation, type Answer, type Ask } from "./router.ts";
import { nodeId, repoUrls } from "./shapes.ts";
import type { TokenRecord } from "./state.ts";
import { canSee, covers } from "./tokens.ts";
import { catchUp } from "./moves.ts";
import { fullName, type World } from "./world.ts";

const Body = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).nullish() });
const Input = z.object({ pullRequestId: z.string(), clientMutationId: z.string().nullish() });

interface GraphqlError {
  readonly type?: string;
  readonly path?: readonly string[];
  readonly message: string;
}

class GraphqlRefusal extends Error {
  readonly error: GraphqlError;
  constructor(error: GraphqlError) {
    super(error.message);
    this.error = error;
  }
}

const MUTATIONS: Readonly<Record<string, boolean>> = {
  markPullRequestReadyForReview: false,
  convertPullRequestToDraft: true,
};

export async function answerGraphql(ask: Ask): Promise<Answer> {
  const token = wantInstallation(ask.caller);
  const { query, variables } = parseBody(ask, Body);
  const parsed = tryParse(query, variables ?? {});
  if (!parsed.ok) return ok({ errors: [{ message: `Parse error: ${parsed.why}` }] });
  try {
    const { kind, fields } = parsed.operation;
    const unknown = fields.find((field) => kind !== "mutation" || !(field.name in MUTATIONS));
    if (unknown !== undefined)
      throw new GraphqlRefusal({
        message: `The local GitHub serves no ${kind} "${unknown.name}"`,
        path: [unknown.name],
      });
    const data: [string, unknown][] = [];
    for (const field of fields) data.push([field.alias, await mutate(ask.world, token, field)]);
    return ok({ data: Object.fromEntries(data) });
  } catch (cause) {
    if (!(cause instanceof GraphqlRefusal)) throw cause;
    return ok({ data: null, errors: [{ ...cause.error, locations: [{ line: 1, column: 1 }] }] });
  }
}

type Parsed = { readonly ok: true; readonly operation: Operation } | { readonly ok: false; readonly why: string };

function tryParse(query: string, variables: Variables): Parsed {
  try {
    return { ok: true, operation: parseOperation(query, variables) };
  } catch (cause) {
    return { ok: false, why: cause instanceof Error ? cause.message : String(cause) };
  }
}

async function mutate(world: World, token: TokenRecord, field: Field): Promise<Record<string, unknown>> {
  const input = Input.safeParse(field.args["input"]);
  const path = [field.name];
  if (!input.success)
    throw new GraphqlRefusal({
      message: `Argument 'input' on Field '${field.name}' has an invalid value. Expected type '${field.name}Input!'.`,
      path,
    });
  const at = await findByNode(world, token, input.data.pullRequestId);
  if (at === undefined)
    throw new GraphqlRefusal({
      type: "NOT_FOUND",
      path,
      message: `Could not resolve to a node with the global id of '${input.data.pullRequestId}'.`,
    });
  // Asked for in the field: pull_requests alone is not enough for these two.
  if (!covers(token.permissions["pull_requests"], "write") || !covers(token.permissions["contents"], "write"))
    throw new GraphqlRefusal({ type: "FORBIDDEN", path, message: "Resource not accessible by integration" });
  const root: Resolvers = {
    clientMutationId: () => input.data.clientMutationId ?? null,
    pullRequest: (inner) => pullFields(world, at, inner),
  };
  // A document that asks for unknown fields is refused before it changes anything.
  pick(`${field.name}Payload`, root, field);
  try {
    await setDraft(world, at, { draft: MUTATIONS[field.name] === true, by: world.app.bot });
  } catch (cause) {
    if (cause instanceof Refusal) throw new GraphqlRefusal({ type: "UNPROCESSABLE", path, message: cause.message });
    throw cause;
  }
  return pick(`${field.name}Payload`, root, field);
}

async function findByNode(world: World, token: TokenRecord, id: string): Promise<At | undefined> {
  for (const repo of world.file.data.repositories.filter((one) => canSee(token, one))) {
    const pull = repo.pulls.find((one) => nodeId("PR", one.id) === id);
    if (pull === undefined) continue;
    await catchUp(world, repo);
    return { repo, pull };
  }
  return undefined;
}

type Resolvers = Readonly<Record<string, (field: Field) => unknown>>;

function pick(type: string, resolvers: Resolvers, field: Field): Record<string, unknown> {
  const entries = field.fields.map((inner) => {
    if (inner.name === "__typename") return [inner.alias, type] as const;
    const resolve = resolvers[inner.name];
    if (resolve === undefined)
      throw new GraphqlRefusal({ message: `Field '${inner.name}' doesn't exist on type '${type}'` });
    return [inner.alias, resolve(inner)] as const;
  });
  if (entries.length === 0)
    throw new GraphqlRefusal({
      message: `Field must have selections (field '${field.name}' returns ${type} but has no selections)`,
    });
  return Object.fromEntries(entries);
}

function pullFields(world: World, at: At, field: Field): Record<string, unknown> {
  const { repo, pull } = at;
  const state = pull.merge === undefined ? pull.state.toUpperCase() : "MERGED";
  return pick(
    "PullRequest",
    {
      id: () => nodeId("PR", pull.id),
      databaseId: () => pull.id,
      number: () => pull.number,
      title: () => pull.title,
      body: () => pull.body ?? "",
      url: () => `${repoUrls(world, repo).html}/pull/${pull.number}`,
      isDraft: () => pull.draft,
      state: () => state,
      closed: () => pull.state === "closed",
      merged: () => pull.merge !== undefined,
      headRefName: () => pull.headRef,
      headRefOid: () => pull.headSha,
      baseRefName: () => pull.baseRef,
      baseRefOid: () => pull.baseSha,
      repository: (inner) =>
        pick(
          "Repository",
          { id: () => nodeId("R", repo.id), name: () => repo.name, nameWithOwner: () => fullName(repo) },
          inner,
        ),
    },
    field,
  );
}
