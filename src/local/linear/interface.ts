// What the local Linear offers to whoever starts it.
import type { LinearDelivery } from "./courier.ts";
import type { LinearCall, LinearFault } from "./faults.ts";
import type { IssueAct, NewIssue, SessionAct } from "./people.ts";
import type { LocalLinearSeed, SeedApp } from "./seed.ts";
import type { LocalLinearState, WaitOptions } from "./state.ts";

export interface LocalLinearOptions {
  readonly port: number;
  /** Issues, sessions and tokens are kept here across restarts; absent: in memory only. */
  readonly stateDir?: string;
  /** The folder with tokens.css and pages.css. */
  readonly lookDir: string;
  readonly pageToken: string;
  readonly seed: LocalLinearSeed;
  readonly clientId: string;
  readonly clientSecret: string;
  /** A token that always opens the API as the app. */
  readonly accessToken?: string;
  /** Whether the app may use the client_credentials grant; true unless told. */
  readonly clientCredentials?: boolean;
  /** Personal API keys, by the person's id. */
  readonly apiKeys?: Readonly<Record<string, string>>;
  /** Further apps of the workspace, each with its own credentials: foreigners to the bot's app. */
  readonly otherApps?: readonly OtherApp[];
  /** Pauses before a webhook is sent again; one minute, one hour and six hours unless told. */
  readonly retryDelaysMs?: readonly number[];
  /** A webhook sent again carries its first timestamp, so it may be too old to be accepted; true unless told. */
  readonly retryKeepsTimestamp?: boolean;
  /** How long the receiver of a webhook has; 5 s unless told. */
  readonly webhookTimeoutMs?: number;
  readonly now?: () => number;
  readonly limits?: { readonly requests: number; readonly complexity: number };
  /** Assigning an issue to the app in the assignee menu opens a session, as delegating does; false unless told. */
  readonly assignMakesSession?: boolean;
  /** A session that the app opened itself is announced to it by `created`; true unless told. */
  readonly announceOwnSessions?: boolean;
  /** Links in the page's top bar. */
  readonly bar?: readonly { readonly label: string; readonly url: string }[];
}

interface OtherApp extends SeedApp {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What people do. `user` is a person's id, `issue` an identifier or an id. A refused act rejects with the reason. */
export interface LinearPeople {
  /** `to` is an app user's id, the bot's unless told; null takes the delegate away. */
  delegate(act: IssueAct & { readonly to?: string | null }): Promise<{ readonly session?: string }>;
  assign(act: IssueAct & { readonly to: string | null }): Promise<{ readonly session?: string }>;
  comment(
    act: IssueAct & { readonly body: string; readonly parent?: string },
  ): Promise<{ readonly comment: string; readonly session?: string }>;
  prompt(act: SessionAct & { readonly body: string }): Promise<{ readonly activity: string }>;
  /** A prompt whose body is the option's value; refused when the newest select question does not offer it. */
  choose(act: SessionAct & { readonly value: string }): Promise<{ readonly activity: string }>;
  stop(act: SessionAct): Promise<void>;
  dismiss(act: SessionAct): Promise<void>;
  /** To the first state of that type. */
  setState(act: IssueAct & { readonly type: string }): Promise<void>;
  remove(act: IssueAct): Promise<void>;
  /** A session that no person opened. */
  automate(act: { readonly issue: string }): Promise<{ readonly session: string }>;
  createIssue(act: NewIssue): Promise<{ readonly issue: string }>;
  /** An administrator says yes to the app: the code it would get on its redirect address. */
  authorize(act: { readonly scope: string }): { readonly code: string };
  /** An administrator removes the app: its tokens die. */
  revokeApp(): Promise<void>;
  /** Teams by id or key. */
  changeTeamAccess(act: { readonly added?: readonly string[]; readonly removed?: readonly string[] }): Promise<void>;
}

export interface LocalLinear extends LinearPeople {
  /** Base without a trailing slash: GraphQL at `/graphql`, tokens at `/oauth/token`. */
  readonly url: string;
  /** The workspace page, with the token of this start. */
  readonly pageUrl: string;
  readonly port: number;
  setWebhook(url: string | undefined, secret: string): void;
  /** Sends a delivery once more under its own id; answers the HTTP status, 0 when nobody answered. */
  redeliver(deliveryId: string, change?: { readonly timestampMs?: number }): Promise<number>;
  state(): LocalLinearState;
  calls(): readonly LinearCall[];
  deliveries(): readonly LinearDelivery[];
  failNext(fault: LinearFault): void;
  goDown(): void;
  comeUp(): void;
  waitFor<T>(look: (state: LocalLinearState) => T | undefined, options: WaitOptions): Promise<T>;
  reset(): void;
  close(): Promise<void>;
}
