// The workspace, its teams and its users as the API shows them. Settings are those of a workspace nobody has changed.
import { actorId } from "./context.ts";
import { connect, type Row } from "./connection.ts";
import type { Json, WorkflowState, World } from "./model.ts";
import type { SeedTeam } from "./seed.ts";
import { dates, nothing, type Eyes } from "./eyes.ts";
import { emailOf, firstState, nameOf, profileUrl, stableId } from "./world.ts";

const FOREVER = { createdAtMs: 0, updatedAtMs: 0 };

export function organizationView({ world }: Eyes): Json {
  const { id, name, urlKey } = world.seed.organization;
  return {
    ...ORGANIZATION_SETTINGS,
    ...dates(FOREVER),
    id,
    name,
    urlKey,
    createdIssueCount: world.issues.size,
    userCount: world.people.size,
  };
}

const off = (names: string): Json => Object.fromEntries(names.split(" ").map((name) => [name, false]));

const ORGANIZATION_SETTINGS: Json = {
  ...nothing(
    "allowedFileUploadContentTypes defaultFeedSummarySchedule defaultHomeView defaultHomeViewTargetId deletionRequestedAt gitBranchFormat initiativeUpdateReminderFrequencyInWeeks logoUrl projectUpdateReminderFrequencyInWeeks slackProjectChannelIntegration subscription trialEndsAt trialStartsAt",
  ),
  ...off(
    "aiDiscussionSummariesEnabled aiThreadSummariesEnabled allowMembersToInvite customersEnabled feedEnabled gitLinkbackDescriptionsEnabled gitLinkbackMessagesEnabled gitPublicLinkbackMessagesEnabled hideNonPrimaryOrganizations hipaaComplianceEnabled pullRequestTourEnabled releasesEnabled restrictLabelManagementToAdmins restrictTeamCreationToAdmins roadmapEnabled samlEnabled scimEnabled suggestedBranchNameEnabled",
  ),
  allowedAuthServices: [],
  authSettings: {},
  customersConfiguration: {},
  securitySettings: {},
  customerCount: 0,
  periodUploadVolume: 0,
  previousUrlKeys: [],
  projectStatuses: [],
  fiscalYearStartMonth: 0,
  initiativeUpdateRemindersDay: "Friday",
  initiativeUpdateRemindersHour: 14,
  projectUpdateRemindersDay: "Friday",
  projectUpdateRemindersHour: 14,
  projectUpdatesReminderFrequency: "never",
  pullRequestIssueMode: "none",
  releaseChannel: "public",
  slaDayCount: "all",
  slackProjectChannelPrefix: "",
};

const TEAM_SETTINGS: Json = {
  ...nothing(
    "activeCycle allMembersCanJoin autoCloseChildIssues autoCloseParentIssues autoClosePeriod autoCloseStateId color defaultProjectTemplate defaultTemplateForMembers defaultTemplateForMembersId defaultTemplateForNonMembers defaultTemplateForNonMembersId description draftWorkflowState icon integrationsSettings markedAsDuplicateWorkflowState mergeWorkflowState mergeableWorkflowState parent retiredAt reviewWorkflowState scimGroupName startWorkflowState triageResponsibility",
  ),
  ...off(
    "aiDiscussionSummariesEnabled aiThreadSummariesEnabled cycleIssueAutoAssignCompleted cycleIssueAutoAssignStarted cycleLockToActive cyclesEnabled groupIssueHistory inheritIssueEstimation inheritWorkflowStatuses initiativesEnabled issueEstimationAllowZero issueEstimationExtended issueOrderingNoPriorityFirst issueSortOrderDefaultToBottom private requirePriorityToLeaveTriage scimManaged slackIssueComments slackIssueStatuses slackNewIssue viewerCanJoin viewerCanLeave",
  ),
  autoArchivePeriod: 6,
  cycleCalenderUrl: "",
  cycleCooldownTime: 0,
  cycleDuration: 2,
  cycleStartDay: 0,
  defaultIssueEstimate: 1,
  inviteHash: "",
  issueEstimationType: "notUsed",
  ledInitiativeCount: 0,
  securitySettings: {},
  setIssueSortOrderOnStateChange: "default",
  timezone: "Etc/UTC",
  triageEnabled: true,
  upcomingCycleCount: 0,
  visibility: "public",
};

export function teamRow(eyes: Eyes): (team: SeedTeam) => Row {
  return ({ id, key, name }) => ({ ...FOREVER, id, facts: { key, name }, view: () => teamView(eyes, id) });
}

export function teamView(eyes: Eyes, id: string): Json {
  const { world } = eyes;
  const team = world.teams.get(id);
  if (team === undefined) throw new Error(`no team ${id}`);
  const { key, name } = team;
  return {
    ...TEAM_SETTINGS,
    ...dates(FOREVER),
    id,
    key,
    name,
    displayName: name,
    issueCount: [...world.issues.values()].filter((issue) => issue.teamId === id && !issue.trashed).length,
    defaultIssueState: () => stateView(eyes, firstState(world, id, "backlog").id),
    triageIssueState: () => stateView(eyes, firstState(world, id, "triage").id),
    viewerMembership: () => {
      const viewer = actorId(eyes.actor);
      return viewer !== undefined && team.members.includes(viewer) ? membershipView(eyes, team, viewer) : null;
    },
    states: (args: unknown) =>
      connect([...world.states.values()].filter(({ teamId }) => teamId === id).map(stateRow(eyes)), args),
  };
}

function membershipView(eyes: Eyes, team: SeedTeam, userId: string): Json {
  return {
    ...dates(FOREVER),
    id: stableId("membership", team.id, userId),
    owner: false,
    sortOrder: 0,
    team: () => teamView(eyes, team.id),
    user: () => userView(eyes, userId),
  };
}

export function userView(eyes: Eyes, id: string): Json {
  const { world, actor } = eyes;
  const app = world.apps.get(id);
  const person = world.people.get(id);
  if (app === undefined && person === undefined) throw new Error(`no user ${id}`);
  const name = nameOf(world, id);
  return {
    ...nothing(
      "avatarUrl calendarHash description disableReason gitHubUserId lastSeen statusEmoji statusLabel statusUntilAt timezone title",
    ),
    ...dates(FOREVER),
    id,
    name,
    displayName: app?.handle ?? name.toLowerCase().replaceAll(" ", "."),
    email: emailOf(world, id),
    url: profileUrl(world, id),
    initials: name.slice(0, 2).toUpperCase(),
    avatarBackgroundColor: "#5e6ad2",
    inviteHash: "",
    active: person?.isActive !== false && app?.revoked !== true,
    admin: person?.isAdmin === true,
    owner: false,
    guest: person?.isGuest === true,
    app: app !== undefined,
    isMe: actorId(actor) === id,
    isAssignable: true,
    isMentionable: true,
    supportsAgentSessions: app !== undefined,
    canAccessAnyPublicTeam: app === undefined ? person?.isGuest !== true : app.teamIds.size === world.teams.size,
    createdIssueCount: [...world.issues.values()].filter(({ creatorId }) => creatorId === id).length,
    teamMemberships: (args: unknown) => connect(memberRows(eyes, id), args),
  };
}

function memberRows(eyes: Eyes, userId: string): readonly Row[] {
  return teamsOf(eyes.world, userId).map((team) => ({
    ...FOREVER,
    id: stableId("membership", team.id, userId),
    view: () => membershipView(eyes, team, userId),
  }));
}

function teamsOf(world: World, userId: string): readonly SeedTeam[] {
  return [...world.teams.values()].filter(({ members }) => members.includes(userId));
}

export function stateRow(eyes: Eyes): (state: WorkflowState) => Row {
  return ({ id, name, type }) => ({
    id,
    createdAtMs: 0,
    updatedAtMs: 0,
    facts: { name, type },
    view: () => stateView(eyes, id),
  });
}

export function stateView(eyes: Eyes, id: string): Json {
  const state = eyes.world.states.get(id);
  if (state === undefined) throw new Error(`no state ${id}`);
  const { teamId, name, type, position, color } = state;
  return {
    ...nothing("description inheritedFrom"),
    ...dates({ createdAtMs: 0, updatedAtMs: 0 }),
    id,
    name,
    type,
    position,
    color,
    team: () => teamView(eyes, teamId),
  };
}
