// What is refused, in the words and with the marks that the SDK sorts errors by.
import { GraphQLError } from "graphql";

interface Kind {
  readonly type: string;
  readonly code: string;
  readonly statusCode: number;
}

const KINDS = {
  input: { type: "invalid input", code: "INPUT_ERROR", statusCode: 400 },
  authentication: { type: "authentication error", code: "AUTHENTICATION_ERROR", statusCode: 401 },
  forbidden: { type: "forbidden", code: "FORBIDDEN", statusCode: 403 },
  ratelimited: { type: "ratelimited", code: "RATELIMITED", statusCode: 400 },
  graphql: { type: "graphql error", code: "GRAPHQL_VALIDATION_FAILED", statusCode: 400 },
  internal: { type: "internal error", code: "INTERNAL_SERVER_ERROR", statusCode: 500 },
} satisfies Record<string, Kind>;

export type ProblemKind = keyof typeof KINDS;

export function problem(kind: ProblemKind, message: string, forPeople: string = message): GraphQLError {
  const { type, code, statusCode } = KINDS[kind];
  const userError = kind !== "internal";
  return new GraphQLError(message, {
    extensions: { type, code, statusCode, userError, userPresentableMessage: forPeople },
  });
}

export function invalid(message: string): GraphQLError {
  return problem("input", message);
}

export function notFound(entity: string): GraphQLError {
  return problem("input", `Entity not found: ${entity}`, `There is no such ${entity} that you may see.`);
}

export function forbidden(message: string): GraphQLError {
  return problem("forbidden", message);
}
