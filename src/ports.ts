// What the steps need from outside, in our words. No type of any SDK appears here.
import type { AgentEvent } from "./core/agent-event.ts";
import type { VoterFacts } from "./core/approval.ts";
import type { ChangedFile, FrozenChange } from "./core/change.ts";
import type { HostEvent, Interaction, TrackerEvent } from "./core/interaction.ts";
import type { Issue, IssueFacts } from "./core/issue.ts";
import type { Job } from "./core/job.ts";
import type { Policy, RunRules } from "./core/policy.ts";
import type { ChangeProblem, Outcome } from "./core/problem.ts";
import type { RecordEntry } from "./core/record.ts";
import type { FileRef, NewRequest, Person, Place, SurfaceName } from "./core/request.ts";
import type { RunEvent } from "./core/run-event.ts";
import type { Misfit } from "./core/run.ts";
import type { Phase, RunState } from "./core/run-state.ts";
import type { SealedRecord } from "./core/seal.ts";
import type { CheckResult } from "./core/verification.ts";

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Resolves after `ms`; rejects at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Log {
  info(fields: Readonly<Record<string, unknown>>, says: string): void;
  warn(fields: Readonly<Record<string, unknown>>, says: string): void;
  error(fields: Readonly<Record<string, unknown>>, says: string): void;
}

// ---------------------------------------------------------------- intake

/** A webhook as it arrived: its body whole and within bounds, and nothing of it believed yet. */
interface Hook {
  readonly method: string;
  /** Empty where there is none. */
  readonly header: (name: string) => string;
  readonly body: Buffer;
}

/** Answered only after what the hook says was stored. */
export type HookReceiver = (hook: Hook) => Promise<{ readonly status: number; readonly says: string }>;

/** What makes one incoming delivery the same as its redelivery. */
export interface DeliveryKey {
  readonly source: "slack" | "github" | "linear";
  readonly key: string;
}

export type Accepted =
  | { readonly kind: "new"; readonly runId?: string }
  /** Stored before: nothing was changed. */
  | { readonly kind: "duplicate"; readonly runId?: string };

/** One transaction each: the delivery's key, what it says, and the job that will judge it. Nothing is decided here. */
export interface Intake {
  acceptRequest(key: DeliveryKey, request: NewRequest): Promise<Accepted>;
  /** In the thread of a known run it is stored as an interaction of that run, elsewhere as a new request. */
  acceptMention(key: DeliveryKey, request: NewRequest): Promise<Accepted>;
  acceptInteraction(key: DeliveryKey, interaction: Interaction): Promise<Accepted>;
  acceptHostEvent(key: DeliveryKey, event: HostEvent): Promise<Accepted>;
  acceptTrackerEvent(key: DeliveryKey, event: TrackerEvent): Promise<Accepted>;
}

// ---------------------------------------------------------------- store

export interface Run {
  readonly id: string;
  /** Counts every move of the state; a writer that loaded an older one is stale. */
  readonly version: number;
  /** Counts claims by workers; only the current one may act on the sandbox. */
  readonly epoch: number;
  /** Raised only by a deliberate replacement of the sandbox. */
  readonly generation: number;
  readonly state: RunState;
  readonly request: NewRequest;
  readonly title: string;
  readonly createdAtMs: number;
  /** What a person answered when asked; it overrides what the text says. */
  readonly chosen: Chosen;
  /** The issue the run is about, and its agent session on the tracker once there is one. */
  readonly issue?: Issue;
  readonly session?: string;
  /** Present from `allowed` on. */
  readonly rules?: RunRules;
  readonly repository?: Repository;
  /** The thread the run lives in on its surface, once known. */
  readonly thread?: { readonly channel: string; readonly ts: string };
  /**
   * The pull request of this run, kept through later turns: set by `pull_request_recorded`, its head by `head_moved`.
   * `headBranch` is the sealed record's.
   */
  readonly pullRequest?: {
    readonly number: number;
    readonly url: string;
    readonly headSha: string;
    readonly headBranch: string;
  };
  /** Milliseconds of agent and check time used so far over all turns. */
  readonly usedMs: number;
}

export interface Chosen {
  readonly team?: string;
  readonly repository?: string;
  /** Start although somebody works on the issue already. */
  readonly goAhead?: boolean;
  /** An owner answers for a request that nobody made. */
  readonly vouched?: boolean;
}

export interface NewTurn {
  readonly turn: number;
  readonly kind: "request" | "follow_up" | "review" | "retry";
  readonly prompt: string;
  readonly author: Person;
  /** An owner's Request changes is review, not a prompt: it does not cost the vote. */
  readonly authorMayVote: boolean;
  readonly files: readonly FileRef[];
}

export interface Turn extends NewTurn {
  readonly atMs: number;
  /** The commit the turn starts from; set once when it is provisioned. */
  readonly baseCommit?: string;
  readonly baseTree?: string;
  /** Thread messages given to the agent as context. */
  readonly contextCount: number;
  readonly pictureCount: number;
}

export interface Change extends Omit<FrozenChange, "pack"> {
  readonly number: number;
  readonly turn: number;
  readonly atMs: number;
  /** The agent's own last words about it, cleaned. */
  readonly said: string;
  readonly baseBranch: string;
  readonly headBranch: string;
  readonly commitMessage: string;
  readonly title: string;
  /** Rules problems found when it was judged; empty for a change that may be approved. */
  readonly problems: readonly ChangeProblem[];
  readonly checks: readonly CheckResult[];
  /** Set when its checks are done. */
  readonly seal?: string;
  readonly sealed?: SealedRecord;
}

export interface NewChange extends Omit<Change, "atMs" | "checks" | "seal" | "sealed"> {
  readonly pack: Uint8Array;
}

export interface VoteRow {
  readonly change: number;
  readonly person: Person;
  readonly verdict: "approve" | "reject";
  readonly seal: string;
  readonly atMs: number;
}

/** Something told to one person or posted once beside the run's own cards. `kind` chooses the words. */
export interface Note {
  /** Unique within the run; the same key is never sent twice. */
  readonly key: string;
  readonly kind: string;
  readonly to?: Person;
  readonly place: Place;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Everything one transaction changes about a run. */
export interface Commit {
  /** As loaded: its version and epoch guard the write. */
  readonly run: Run;
  /** Applied in order through `advance()`. Empty: the state stays, and only the epoch guards the write. */
  readonly events: readonly RunEvent[];
  readonly record: readonly RecordEntry[];
  readonly jobs?: readonly Job[];
  readonly notes?: readonly Note[];
  readonly turn?: NewTurn;
  readonly turnFacts?: {
    readonly turn: number;
    readonly baseCommit?: string;
    readonly baseTree?: string;
    readonly contextCount?: number;
    readonly pictureCount?: number;
  };
  readonly change?: NewChange;
  readonly checks?: { readonly change: number; readonly results: readonly CheckResult[] };
  readonly seal?: { readonly change: number; readonly digest: string; readonly record: SealedRecord };
  readonly vote?: VoteRow & { readonly membership: readonly string[] };
  readonly rules?: RunRules;
  readonly repository?: Repository;
  readonly chosen?: Chosen;
  /** Who the requester turned out to be: a command carries a login only, the tracker an account of its own. */
  readonly requester?: Person;
  readonly issue?: Issue;
  readonly addUsedMs?: number;
  /** Raise the sandbox generation: the old sandbox is given up on purpose. */
  readonly raiseGeneration?: true;
  /** The inbox row this commit answers; marked done in the same transaction. */
  readonly inboxId?: string;
}

export type Committed =
  | { readonly kind: "committed"; readonly run: Run }
  /** Somebody else moved the run first; load again and decide anew. */
  | { readonly kind: "stale" }
  | { readonly kind: "misfit"; readonly misfit: Misfit };

export interface InboxItem {
  readonly id: string;
  readonly done: boolean;
  readonly atMs: number;
  readonly content:
    | { readonly kind: "interaction"; readonly interaction: Interaction }
    | { readonly kind: "host_event"; readonly event: HostEvent }
    | { readonly kind: "tracker_event"; readonly event: TrackerEvent };
}

/** One outgoing message: what was meant, where it stands now. */
export interface Delivery {
  readonly slot: string;
  /** The note behind it, for messages that are not drawn from the run's state. */
  readonly note?: Note;
  /** Where it stands on the surface; absent until sent. */
  readonly remote?: Readonly<Record<string, unknown>>;
  /** Digest of what it shows now. */
  readonly shown?: string;
  /** Set before a first send: a sender died in between if this is set and `remote` is not. */
  readonly attemptedAtMs?: number;
  readonly gaveUp?: string;
}

/** All that a card or page shows of a run, read in one snapshot. */
export interface RunView {
  readonly run: Run;
  readonly nowMs: number;
  readonly turns: readonly Turn[];
  readonly changes: readonly Change[];
  readonly votes: readonly VoteRow[];
  /** 1 = next; present while queued. */
  readonly queuePosition?: number;
  /** When the current phase began. */
  readonly phaseSinceMs: number;
  readonly detailsUrl?: string;
}

export interface RunSummary {
  readonly id: string;
  readonly title: string;
  readonly phase: Phase;
  readonly team?: string;
  readonly repository?: string;
  readonly requester: Person;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface StoredEvent {
  readonly run: string;
  readonly seq: number;
  readonly kind: string;
  readonly atMs: number;
  readonly payloadHash: string;
  readonly previous: string;
  readonly hash: string;
  /** Absent once erased. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** The payload is not the one that was hashed when it was written. */
  readonly altered?: true;
}

export interface Store {
  loadRun(id: string): Promise<Run | undefined>;
  loadView(id: string): Promise<RunView | undefined>;
  loadTurn(runId: string, turn: number): Promise<Turn | undefined>;
  loadChange(runId: string, number: number): Promise<Change | undefined>;
  /** The verified pack of a change; throws when it is missing, for it is stored with the change. */
  loadPack(runId: string, number: number): Promise<Uint8Array>;
  listVotes(runId: string, change: number): Promise<readonly VoteRow[]>;
  /** The one writer of state. Retries deadlocks and serialization failures three times. */
  commit(commit: Commit): Promise<Committed>;
  /** Makes this worker the run's only writer: epoch + 1. Undefined where the phase is not one of `phases` (or the turn is over). */
  claim(id: string, want: { readonly phases: readonly Phase[]; readonly turn?: number }): Promise<Run | undefined>;
  loadInbox(id: string): Promise<InboxItem | undefined>;
  /** Marks an inbox row done without touching a run. */
  finishInbox(id: string): Promise<void>;
  listDeliveries(runId: string, surface: SurfaceName): Promise<readonly Delivery[]>;
  saveDelivery(runId: string, surface: SurfaceName, delivery: Omit<Delivery, "note">): Promise<void>;
  /** Remembers which thread a run lives in, so that mentions there find it. */
  saveThread(runId: string, thread: { readonly channel: string; readonly ts: string }): Promise<void>;
  /** Remembers the agent session a run has on the tracker, unless it has one. */
  saveSession(runId: string, session: string): Promise<void>;
  /** Sends for every run that moves and has a session: silence would look like a dead agent. */
  refreshSessions(): Promise<void>;
  /** The newest run of a session. */
  findRunInSession(session: string): Promise<string | undefined>;
  /** Runs on this issue that move, wait or have an open pull request, newest first. */
  listRunsOnIssue(issueId: string): Promise<readonly RunSummary[]>;
  loadActivePolicy(): Promise<Policy | undefined>;
  loadPolicy(version: string): Promise<Policy | undefined>;
  /** Stores the version and moves the one active row to it; also sets each team's places (`atOnce`). */
  applyPolicy(policy: Policy): Promise<{ readonly changed: boolean }>;
  loadBaseCheck(key: string): Promise<{ readonly status: "passed" | "failed" | "unknown" } | undefined>;
  saveBaseCheck(key: string, status: "passed" | "failed" | "unknown"): Promise<void>;
  findRunByPullRequest(repositoryId: number, number: number): Promise<string | undefined>;
  listOpenPullRequestsByHead(repositoryId: number, headSha: string): Promise<readonly string[]>;
  listRunsIn(phases: readonly Phase[]): Promise<readonly RunSummary[]>;
  listRuns(page: { readonly beforeId?: string; readonly limit: number }): Promise<readonly RunSummary[]>;
  /** A person's runs that still move or wait, newest first. */
  listRunsOf(personId: string): Promise<readonly RunSummary[]>;
  listEvents(runId: string): Promise<readonly StoredEvent[]>;
  /** Runs whose phase needs a job that no queue row carries any more; the sweep re-sends for them. Returns what it enqueued. */
  requeueLost(): Promise<readonly string[]>;
}

/** Secret values, already sealed. */
export interface SealedValues {
  load(name: string): Promise<string | undefined>;
  /**
   * One at a time over all processes: `decide` sees what is stored and answers what shall be. It is committed before this
   * resolves. `decide` may be called again where the database asks for it.
   */
  replace(name: string, decide: (before: string | undefined) => Promise<string>): Promise<void>;
}

/** Turns a secret value into what may be stored, and back; `name` is bound into it. */
export interface Sealer {
  seal(name: string, text: string): string;
  /** Undefined where it was sealed with another key or for another name, or was altered. */
  open(name: string, sealed: string): string | undefined;
}

// ---------------------------------------------------------------- code host

export interface Repository {
  /** The code host's own number; names change, this does not. */
  readonly id: number;
  readonly fullName: string;
  readonly defaultBranch: string;
}

export interface BasePack {
  readonly commit: string;
  readonly tree: string;
  /** History to the policy's depth as one pack. */
  readonly pack: Uint8Array;
  /** Content of `.git/shallow`: commits whose parents are left out. Empty for whole history. */
  readonly shallow: readonly string[];
}

export interface CodeHost {
  findRepository(fullName: string): Promise<Repository | undefined>;
  /** The branch's tip now, fetched into the mirror with a read-only, one-repository token. */
  readBase(
    repository: Repository,
    branch: string,
  ): Promise<{ readonly commit: string; readonly tree: string } | undefined>;
  packBase(repository: Repository, commit: string, depth: number): Promise<BasePack>;
  /**
   * Takes the bundle a sandbox produced, as hostile as it may be, and answers a change or why it is none.
   * `secrets` are values that must not appear in it, by name.
   */
  freezeChange(input: {
    readonly repository: Repository;
    readonly baseCommit: string;
    readonly bundle: Uint8Array;
    readonly secrets: ReadonlyMap<string, string>;
  }): Promise<Outcome<FrozenChange, readonly ChangeProblem[]>>;
  /** What the base branch changed since `from`: how many commits, and which of `paths` they touch. */
  compareBase(input: {
    readonly repository: Repository;
    readonly branch: string;
    readonly from: string;
    readonly paths: readonly string[];
    /** The change's own objects and tree, where a conflict is to be judged by a real three-way merge. */
    readonly change?: { readonly pack: Uint8Array; readonly tree: string };
  }): Promise<{ readonly commits: number; readonly touched: readonly string[]; readonly conflict: boolean }>;
  /** The state of a pull request as the code host tells it now. */
  readPullRequest(repository: Repository, number: number): Promise<PullRequest | undefined>;
  /** Open pull requests whose branch, title or text names this key, as whole words; at most five. */
  listPullRequestsNaming(repository: Repository, key: string): Promise<readonly NamedPullRequest[]>;
}

export interface NamedPullRequest {
  readonly number: number;
  readonly title: string;
  readonly url: string;
}

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly headSha: string;
  readonly headTree?: string;
  readonly draft: boolean;
  readonly state: "open" | "merged" | "closed";
  /** Who merged or closed it, and when. */
  readonly by?: string;
  readonly endedAtMs?: number;
}

/** What publishing needs to show before a write token exists: the sealed record and who approved it. */
export interface SealedApproval {
  readonly record: SealedRecord;
  readonly digest: string;
  readonly approvals: readonly string[];
}

export type PublishProblem =
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "unavailable"; readonly detail: string; readonly retryAfterMs?: number }
  | { readonly kind: "head_moved"; readonly detail: string }
  | { readonly kind: "not_sealed"; readonly detail: string };

/** Only the publisher's composition has one. */
export interface Publisher {
  /** Recomputes the seal, then mints a one-repository write token. Every step looks before it writes. */
  begin(repository: Repository, approval: SealedApproval): Promise<Outcome<PublishSession, PublishProblem>>;
}

export interface PublishSession {
  /** Makes the sealed tree and one commit on the sealed base; answers its sha. `pack` and `files` come from the stored change. */
  createCommit(change: {
    readonly files: readonly ChangedFile[];
    readonly pack: Uint8Array;
  }): Promise<Outcome<string, PublishProblem>>;
  /** Creates or fast-forwards the head branch to `sha`. `expected`: the sha it must be at, undefined when it must not exist. */
  moveHead(sha: string, expected: string | undefined): Promise<Outcome<"done", PublishProblem>>;
  /** The open pull request of the head branch, found or created. */
  openPullRequest(input: {
    readonly body: string;
    readonly draft: boolean;
  }): Promise<Outcome<PullRequest, PublishProblem>>;
  /** The check run `countersign/approval` on a head; best effort, never fails the publishing. */
  reportApproval(
    headSha: string,
    verdict: { readonly ok: boolean; readonly title: string; readonly summary: string },
  ): Promise<void>;
  /** Revokes the token. */
  end(): Promise<void>;
}

// ---------------------------------------------------------------- sandbox

export interface SandboxTag {
  readonly runId: string;
  readonly generation: number;
  readonly purpose: "agent" | "checks" | "base-checks";
}

export interface CommandResult {
  readonly exitCode: number | null;
  /** Standard output and error as they came, last 64 KiB. */
  readonly output: string;
  readonly timedOut: boolean;
  readonly durationMs: number;
}

export interface AgentStart {
  readonly turn: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

export interface OutputSlice {
  readonly bytes: Uint8Array;
  /** Size of the whole file now; smaller than what was read before means it was tampered with. */
  readonly sizeBytes: number;
}

export type AgentStatus =
  | { readonly kind: "running" }
  /** `exitCode` is null where envd no longer knows it. */
  | { readonly kind: "ended"; readonly exitCode: number | null };

export interface SandboxSession {
  readonly id: string;
  /** The base commit checked out in the repository folder; doing it twice changes nothing. */
  layBase(base: BasePack): Promise<void>;
  /** Lays a sealed tree over the base; paths matching `keepFromBase` keep their base content. */
  layChange(change: {
    readonly pack: Uint8Array;
    readonly tree: string;
    readonly keepFromBase: readonly string[];
  }): Promise<void>;
  /** Files given to the agent beside the work tree, never in it. */
  placeFiles(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<void>;
  /** Runs one command in the repository folder. */
  run(
    command: string,
    limits: { readonly timeMs: number; readonly env?: Readonly<Record<string, string>>; readonly signal?: AbortSignal },
  ): Promise<CommandResult>;
  /** Starts the agent once a turn: a second call for the same turn answers the first one's pid. */
  startAgent(start: AgentStart): Promise<{ readonly pid: number }>;
  /** The agent of this turn if it was started before, so that a second worker does not lay the base over its work. */
  findAgent(turn: number): Promise<{ readonly pid: number } | undefined>;
  readOutput(turn: number, fromByte: number): Promise<OutputSlice>;
  /** Last lines of the agent's standard error. */
  readErrors(turn: number): Promise<string>;
  agentStatus(turn: number, pid: number): Promise<AgentStatus>;
  /** Ends the agent's whole process group: TERM, then KILL after five seconds. */
  stopAgent(turn: number, pid: number): Promise<void>;
  /** Hosts that may be reached by name; everything else is denied. */
  setNetwork(hosts: readonly string[]): Promise<void>;
  keepAlive(forMs: number): Promise<void>;
  /** Filesystem-only pause and resume: nothing the agent left running survives. */
  scrub(): Promise<void>;
  /** The work tree as one commit on `baseCommit`, as a bundle; undefined when it equals the base tree. */
  freeze(
    base: BasePack,
    maxBytes: number,
  ): Promise<Outcome<Uint8Array | undefined, { readonly kind: "too-big" | "failed"; readonly detail: string }>>;
  /** Filesystem-only pause: costs nothing, files stay. */
  pause(): Promise<void>;
}

export type SandboxProblem = { readonly kind: "unavailable"; readonly detail: string } | { readonly kind: "gone" };

export interface Sandboxes {
  /** What the provider can do; policy that needs more is refused at load. */
  readonly abilities: { readonly inject: boolean; readonly methods: boolean; readonly egressEvidence: boolean };
  /** Lists by tag, adopts the oldest, kills the rest, else creates one with no network at all. */
  adoptOrCreate(tag: SandboxTag, timeoutMs: number): Promise<Outcome<SandboxSession, SandboxProblem>>;
  /** Connects to a known sandbox, resuming a paused one. */
  connect(id: string, timeoutMs: number): Promise<Outcome<SandboxSession, SandboxProblem>>;
  list(): Promise<readonly { readonly id: string; readonly tag: SandboxTag; readonly startedAtMs: number }[]>;
  kill(id: string): Promise<void>;
}

// ---------------------------------------------------------------- harness

export interface HarnessEnd {
  readonly exitCode: number | null;
  readonly errors: string;
}

export type HarnessVerdict =
  | { readonly kind: "done"; readonly said: string }
  | { readonly kind: "model-refused"; readonly status: number }
  | { readonly kind: "missing"; readonly program: string }
  | { readonly kind: "failed"; readonly detail: string };

/** Reads one turn's output. Feed whole lines in order; state is the reader's own. */
export interface HarnessReader {
  read(line: string): readonly AgentEvent[];
  judge(end: HarnessEnd): HarnessVerdict;
}

export interface Harness {
  /** What people call it: "Claude Code". */
  readonly label: string;
  /** Names of secrets its process needs in its environment; they appear on card and record. */
  readonly secretNames: readonly string[];
  /** Hosts it must reach. */
  readonly hosts: readonly string[];
  launch(turn: { readonly prompt: string; readonly repositoryDir: string }): {
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly stdin: string;
  };
  reader(): HarnessReader;
}

export interface Harnesses {
  forRules(rules: RunRules): Harness;
  /** Values of the named secrets that are set here, for the agent's process only. */
  secretValues(names: readonly string[]): ReadonlyMap<string, string>;
}

// ---------------------------------------------------------------- chat

export interface ContextMessage {
  readonly author: string;
  readonly atMs: number;
  readonly text: string;
  readonly outsider: boolean;
}

/** One message as it should stand, ready to be compared with what stands there. */
export interface Planned {
  readonly slot: string;
  /** Digest of all it shows; equal digests need no edit. */
  readonly digest: string;
  /** Private messages and one-off posts are sent once and never edited. */
  readonly once: boolean;
  /** Milestones go before progress when calls are scarce. */
  readonly milestone: boolean;
  /** The adapter's own content; opaque to everyone else. */
  readonly content: unknown;
}

export type SendResult =
  | { readonly kind: "sent"; readonly remote: Readonly<Record<string, unknown>> }
  /** The place or message is gone, or the service will never take it: do not try again. */
  | { readonly kind: "refused"; readonly error: string }
  | { readonly kind: "later"; readonly afterMs: number; readonly error: string };

/** One place where runs are seen. Everything it shows is planned from the state, then sent, edited or found again. */
export interface Surface {
  readonly name: SurfaceName;
  /** Messages must stand in the order planned: nothing goes past one that has to wait. */
  readonly ordered: boolean;
  /** Every message a run should show now, in the order to send them. `standing` is what was sent so far: cards link to each other. */
  planRun(view: RunView, standing?: readonly Delivery[]): Promise<readonly Planned[]>;
  /** `view` is absent for an answer to a person who has no run. */
  planNote(note: Note, view: RunView | undefined, standing?: readonly Delivery[]): Promise<Planned>;
  post(planned: Planned, key: { readonly runId: string; readonly slot: string }): Promise<SendResult>;
  edit(planned: Planned, remote: Readonly<Record<string, unknown>>): Promise<SendResult>;
  /** After an ambiguous send: the message that carries our key, if it arrived. */
  findPosted(
    planned: Planned,
    key: { readonly runId: string; readonly slot: string },
  ): Promise<Readonly<Record<string, unknown>> | undefined>;
}

export interface Chat extends Surface {
  /** A private answer that belongs to no run (nothing to stop, no such run): best effort, never throws. */
  answer(note: Note): Promise<void>;
  /** Uncached. */
  readPerson(personId: string): Promise<VoterFacts & { readonly name: string }>;
  /** The person whose verified email this is, uncached; undefined where there is none. */
  findPersonByEmail(email: string): Promise<(VoterFacts & { readonly name: string }) | undefined>;
  /** Person ids of a user group, uncached; undefined where it cannot be read. */
  readGroup(groupId: string): Promise<ReadonlySet<string> | undefined>;
  /** The thread's root and last messages up to `untilTs`, oldest first; only those after `sinceMs`. */
  readThread(
    place: Place,
    range: { readonly limit: number; readonly sinceMs?: number },
  ): Promise<readonly ContextMessage[]>;
  downloadFile(file: FileRef, maxBytes: number): Promise<Uint8Array | undefined>;
  react(place: Place, emoji: string): Promise<void>;
}

// ---------------------------------------------------------------- issue tracker

/** Somebody's account on the tracker. */
export interface TrackerPerson {
  readonly name: string;
  /** As the tracker verified it; absent for bots. */
  readonly email?: string;
  readonly kind: "member" | "guest" | "bot" | "unknown";
  /** Keys of the teams this person is in. */
  readonly linearTeams: readonly string[];
}

export interface Tracker extends Surface {
  /** By id or key; undefined where there is none that we may see. */
  findIssue(idOrKey: string): Promise<IssueFacts | undefined>;
  /** Title, description and comments, oldest first, to be quoted. */
  readIssueText(issueId: string): Promise<readonly ContextMessage[]>;
  /** Uncached; `personId` is `linear:…`. */
  readPerson(personId: string): Promise<TrackerPerson>;
  /** How likely each repository is meant, as the tracker guesses; empty where it cannot say. */
  suggestRepositories(about: {
    readonly issueId: string;
    readonly session?: string;
    readonly repositories: readonly string[];
  }): Promise<readonly { readonly name: string; readonly confidence: number }[]>;
  /** Whether a live session of ours stands on the issue. */
  hasSession(issueId: string): Promise<boolean>;
  downloadFile(file: FileRef, maxBytes: number): Promise<Uint8Array | undefined>;
  /** What lost webhooks would have told, as deliveries to store under their own keys. */
  listMissed(sinceMs: number): Promise<readonly Missed[]>;
}

export type Missed =
  | { readonly key: DeliveryKey; readonly kind: "request"; readonly request: NewRequest }
  | { readonly key: DeliveryKey; readonly kind: "event"; readonly event: TrackerEvent };
