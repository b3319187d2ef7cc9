// What a local Linear workspace starts with, and what the bot's app is called in it.

export interface SeedPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly isGuest?: boolean;
  readonly isActive?: boolean;
  readonly isAdmin?: boolean;
}

export interface SeedApp {
  /** The app's user in this workspace: who an issue is delegated to. */
  readonly userId: string;
  readonly name: string;
  /** What a person types after `@`. */
  readonly handle: string;
  readonly oauthClientId: string;
}

export interface SeedTeam {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  /** People's ids. */
  readonly members: readonly string[];
  readonly guidance?: string;
}

export const StateTypes = ["triage", "backlog", "unstarted", "started", "completed", "canceled"] as const;
export type StateType = (typeof StateTypes)[number];

interface SeedComment {
  readonly id?: string;
  readonly user: string;
  readonly body: string;
  readonly minutesAgo?: number;
  readonly parent?: string;
}

export interface SeedIssue {
  readonly id: string;
  /** A team's id or key. */
  readonly team: string;
  readonly number: number;
  readonly title: string;
  readonly description?: string;
  readonly creator: string;
  readonly assignee?: string;
  readonly state?: StateType;
  /** Labels by id or name. */
  readonly labels?: readonly string[];
  /** A project by id or name. */
  readonly project?: string;
  readonly comments?: readonly SeedComment[];
  /** Confidence by repository name, instead of the rule by shared words. */
  readonly suggestions?: Readonly<Record<string, number>>;
}

interface SeedUpload {
  /** What follows `/uploads/` in its address. */
  readonly path: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface LocalLinearSeed {
  readonly organization: { readonly id: string; readonly name: string; readonly urlKey: string };
  readonly app: SeedApp;
  readonly people: readonly SeedPerson[];
  readonly teams: readonly SeedTeam[];
  readonly projects?: readonly { readonly id: string; readonly name: string; readonly team: string }[];
  readonly labels?: readonly { readonly id: string; readonly name: string; readonly team?: string }[];
  readonly issues: readonly SeedIssue[];
  readonly uploads?: readonly SeedUpload[];
  readonly workspaceGuidance?: string;
}
