// POST /graphql: who asks, may they, what does it cost, and then the answer from the workspace.
import {
  defaultFieldResolver,
  execute,
  getOperationAST,
  GraphQLError,
  parse,
  validate,
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from "graphql";
import { z } from "zod";
import { readBody } from "../http.ts";
import { complexityOf, MOST_COMPLEX } from "./complexity.ts";
import { actorId, type Actor, type Linear } from "./context.ts";
import type { Exchange } from "./exchange.ts";
import type { Meter } from "./limits.ts";
import type { Json } from "./model.ts";
import { problem, type ProblemKind } from "./problems.ts";
import { MUTATIONS, QUERIES } from "./resolvers.ts";
import { announce, settle } from "./world.ts";

const BODY_LIMIT_BYTES = 2_000_000;
const Body = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

export interface Asked {
  readonly operation: string;
  readonly query: string;
  readonly variables: Json;
  readonly document: DocumentNode | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface GraphqlParts {
  readonly linear: Linear;
  readonly schema: GraphQLSchema;
  readonly meter: Meter;
}

/** Undefined when the body is no GraphQL request at all. */
export async function readAsked({ req }: Exchange): Promise<Asked | undefined> {
  const text = (await readBody(req, BODY_LIMIT_BYTES)).toString("utf8");
  const body = Body.safeParse(parsed(() => JSON.parse(text)));
  if (!body.success) return undefined;
  const { query, variables, operationName } = body.data;
  const document = parsed(() => parse(query));
  const named = document && getOperationAST(document, operationName)?.name?.value;
  return { operation: named ?? "", query, variables: variables ?? {}, document };
}

function parsed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function refusal(kind: ProblemKind, message: string): Answer {
  const error = problem(kind, message);
  const status = z.number().parse(error.extensions["statusCode"]);
  return { status, headers: {}, body: { errors: [error] } };
}

export async function answerAsked(
  parts: GraphqlParts,
  asked: Asked | undefined,
  actor: Actor | undefined,
): Promise<Answer> {
  if (actor === undefined) return refusal("authentication", "Authentication required, not authenticated");
  if (asked?.document === undefined) return refusal("graphql", "The body is no GraphQL request");
  const { schema, meter, linear } = parts;
  const wrong = validate(schema, asked.document);
  if (wrong.length > 0) return { status: 400, headers: {}, body: { errors: wrong.map(marked("graphql")) } };
  const who = actorId(actor) ?? "";
  const points = complexityOf(schema, asked.document, asked.variables);
  if (points > MOST_COMPLEX) return refusal("input", `Query too complex: ${points} points, ${MOST_COMPLEX} at most`);
  const fits = meter.take(who, points);
  const headers = meter.headers(who, points);
  if (!fits) return { ...refusal("ratelimited", "Rate limit exceeded"), headers };
  if (settle(linear.world)) announce(linear.world);
  const result = await execute({
    schema,
    document: asked.document,
    variableValues: asked.variables,
    contextValue: { linear, actor },
    fieldResolver: strictly(linear, actor),
  });
  // Variables that do not fit the schema are the only errors without data that come before any work.
  if (result.data === undefined) return { status: 400, headers, body: errorsOf(result.errors, "graphql") };
  return { status: 200, headers, body: { data: result.data, ...errorsOf(result.errors, "internal") } };
}

function errorsOf(errors: readonly GraphQLError[] | undefined, kind: ProblemKind): Json {
  return errors === undefined ? {} : { errors: errors.map(marked(kind)) };
}

/** What graphql itself found, or what broke here, gets the marks that our own refusals have already. */
function marked(kind: ProblemKind): (error: GraphQLError) => Json {
  return (error) => {
    const isOurs = error.extensions["type"] !== undefined;
    const fallback = error.originalError === undefined || error.originalError === null ? "graphql" : kind;
    const extensions = isOurs ? error.extensions : problem(fallback, error.message).extensions;
    return { ...error.toJSON(), extensions };
  };
}

/** Values come from the workspace or not at all: a field that nothing here answers is an error, not a null. */
export function strictly(linear: Linear, actor: Actor): GraphQLFieldResolver<unknown, unknown, Json> {
  return (...given) => {
    const [source, args, , info] = given;
    const name = `${info.parentType.name}.${info.fieldName}`;
    const isRoot = info.parentType.name === "Query" || info.parentType.name === "Mutation";
    if (isRoot) {
      const field = (info.parentType.name === "Query" ? QUERIES : MUTATIONS)[info.fieldName];
      if (field === undefined) throw new Error(`the local Linear does not answer ${name}`);
      if (info.parentType.name === "Mutation") mayWrite(actor, info.fieldName);
      return field({ linear, actor, args });
    }
    if (typeof source !== "object" || source === null || !Object.hasOwn(source, info.fieldName))
      throw new Error(`the local Linear does not answer ${name}`);
    return defaultFieldResolver(...given);
  };
}

function mayWrite(actor: Actor, field: string): void {
  if (actor.kind !== "app" || actor.scopes.has("write")) return;
  if (field === "commentCreate" && actor.scopes.has("comments:create")) return;
  throw problem("forbidden", "Invalid scope: `write` required");
}
