// What the service was asked, and how it is told to misbehave.

export interface LinearCall {
  /** The GraphQL operation's name, or the path for any other request. */
  readonly operation: string;
  readonly query: string;
  readonly variables: unknown;
  readonly atMs: number;
  /** 0 when the connection was cut. */
  readonly status: number;
}

export interface LinearFault {
  /** By GraphQL operation name; absent: whatever comes next. */
  readonly operation?: string;
  readonly kind: "network" | "http500" | "ratelimited" | "garbage" | "slow";
  /** Once, unless told. */
  readonly times?: number;
  /** How long `slow` takes; 2 s unless told. */
  readonly delayMs?: number;
}
