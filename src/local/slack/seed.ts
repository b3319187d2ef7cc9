// Who and what is in the workspace when it starts.
export interface SeedPerson {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly email: string;
  readonly isGuest?: boolean;
  readonly isBot?: boolean;
}

export interface SeedUsergroup {
  readonly id: string;
  readonly handle: string;
  readonly name?: string;
  readonly members: readonly string[];
}

interface SeedMessage {
  readonly user: string;
  readonly text: string;
  readonly minutesAgo?: number;
}

interface SeedChannel {
  readonly id: string;
  readonly name: string;
  readonly topic: string;
  /** Person ids; with the bot's user id among them the app is in the channel. */
  readonly members: readonly string[];
  readonly isPrivate?: boolean;
  readonly messages?: readonly SeedMessage[];
}

interface SeedBot {
  readonly userId: string;
  readonly botId: string;
  readonly appId: string;
  readonly name: string;
  /** Absent: what our manifest asks for. */
  readonly scopes?: readonly string[];
  readonly commands?: readonly { readonly command: string; readonly description: string; readonly usageHint: string }[];
}

export interface LocalSlackSeed {
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly bot: SeedBot;
  readonly people: readonly SeedPerson[];
  readonly usergroups: readonly SeedUsergroup[];
  readonly channels: readonly SeedChannel[];
}

export const USUAL_SCOPES: readonly string[] = [
  "app_mentions:read",
  "assistant:write",
  "channels:history",
  "channels:join",
  "channels:read",
  "chat:write",
  "chat:write.public",
  "commands",
  "files:read",
  "files:write",
  "groups:history",
  "groups:read",
  "im:history",
  "im:write",
  "reactions:write",
  "team:read",
  "usergroups:read",
  "users:read",
  "users:read.email",
];
