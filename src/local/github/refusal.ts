// How the API says no: GitHub's status, message and errors list. Thrown by a route, written once at the edge.

export interface FieldError {
  readonly resource: string;
  readonly field?: string;
  readonly code: string;
  readonly message?: string;
  readonly value?: unknown;
}

export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  constructor(status: number, message: string, errors?: readonly FieldError[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export function notFound(): Refusal {
  return new Refusal(404, "Not Found");
}

export function forbidden(): Refusal {
  return new Refusal(403, "Resource not accessible by integration");
}

/** 422 with one entry of the errors list. */
export function invalid(error: FieldError): Refusal {
  return new Refusal(422, "Validation Failed", [error]);
}

export function refusalBody(refusal: Refusal): Record<string, unknown> {
  return {
    message: refusal.message,
    ...(refusal.errors === undefined ? {} : { errors: refusal.errors }),
    documentation_url: "https://docs.github.com/rest",
    status: String(refusal.status),
  };
}
