// What the API says of the workspace, its teams and its users.
import { PAGE } from "./schema-inputs.ts";

export const WORKSPACE_TYPES = `
type Organization implements Node {
  aiDiscussionSummariesEnabled: Boolean!, aiThreadSummariesEnabled: Boolean!
  allowMembersToInvite: Boolean, allowedAuthServices: [String!]!, allowedFileUploadContentTypes: [String!]
  archivedAt: DateTime, authSettings: JSONObject!, createdAt: DateTime!, createdIssueCount: Int!
  customerCount: Int!, customersConfiguration: JSONObject!, customersEnabled: Boolean!
  defaultFeedSummarySchedule: FeedSummarySchedule, defaultHomeView: String
  defaultHomeViewTargetId: String, deletionRequestedAt: DateTime, feedEnabled: Boolean!
  fiscalYearStartMonth: Float!, gitBranchFormat: String, gitLinkbackDescriptionsEnabled: Boolean!
  gitLinkbackMessagesEnabled: Boolean!, gitPublicLinkbackMessagesEnabled: Boolean!
  hideNonPrimaryOrganizations: Boolean!, hipaaComplianceEnabled: Boolean!, id: ID!
  initiativeUpdateReminderFrequencyInWeeks: Float, initiativeUpdateRemindersDay: Day!
  initiativeUpdateRemindersHour: Float!, logoUrl: String, name: String!, periodUploadVolume: Float!
  previousUrlKeys: [String!]!, projectStatuses: [ProjectStatus!]!
  projectUpdateReminderFrequencyInWeeks: Float, projectUpdateRemindersDay: Day!
  projectUpdateRemindersHour: Float!, projectUpdatesReminderFrequency: ProjectUpdateReminderFrequency!
  pullRequestIssueMode: String!, pullRequestTourEnabled: Boolean!, releaseChannel: ReleaseChannel!
  releasesEnabled: Boolean!, restrictLabelManagementToAdmins: Boolean
  restrictTeamCreationToAdmins: Boolean, roadmapEnabled: Boolean!, samlEnabled: Boolean!
  scimEnabled: Boolean!, securitySettings: JSONObject!, slaDayCount: SLADayCountType!
  slackProjectChannelIntegration: Integration, slackProjectChannelPrefix: String!
  subscription: PaidSubscription, suggestedBranchNameEnabled: Boolean!, trialEndsAt: DateTime
  trialStartsAt: DateTime, updatedAt: DateTime!, urlKey: String!, userCount: Int!
}
type Team implements Node {
  activeCycle: Cycle, aiDiscussionSummariesEnabled: Boolean!, aiThreadSummariesEnabled: Boolean!
  allMembersCanJoin: Boolean, archivedAt: DateTime, autoArchivePeriod: Float!
  autoCloseChildIssues: Boolean, autoCloseParentIssues: Boolean, autoClosePeriod: Float
  autoCloseStateId: String, color: String, createdAt: DateTime!, cycleCalenderUrl: String!
  cycleCooldownTime: Float!, cycleDuration: Float!, cycleIssueAutoAssignCompleted: Boolean!
  cycleIssueAutoAssignStarted: Boolean!, cycleLockToActive: Boolean!, cycleStartDay: Float!
  cyclesEnabled: Boolean!, defaultIssueEstimate: Float!, defaultIssueState: WorkflowState
  defaultProjectTemplate: Template, defaultTemplateForMembers: Template
  defaultTemplateForMembersId: String, defaultTemplateForNonMembers: Template
  defaultTemplateForNonMembersId: String, description: String, displayName: String!
  draftWorkflowState: WorkflowState, groupIssueHistory: Boolean!, icon: String, id: ID!
  inheritIssueEstimation: Boolean!, inheritWorkflowStatuses: Boolean!, initiativesEnabled: Boolean!
  integrationsSettings: IntegrationsSettings, inviteHash: String!, issueCount: Int!
  issueEstimationAllowZero: Boolean!, issueEstimationExtended: Boolean!, issueEstimationType: String!
  issueOrderingNoPriorityFirst: Boolean!, issueSortOrderDefaultToBottom: Boolean!, key: String!
  ledInitiativeCount: Int!, markedAsDuplicateWorkflowState: WorkflowState
  mergeWorkflowState: WorkflowState, mergeableWorkflowState: WorkflowState, name: String!, parent: Team
  private: Boolean!, requirePriorityToLeaveTriage: Boolean!, retiredAt: DateTime
  reviewWorkflowState: WorkflowState, scimGroupName: String, scimManaged: Boolean!
  securitySettings: JSONObject!, setIssueSortOrderOnStateChange: String!, slackIssueComments: Boolean!
  slackIssueStatuses: Boolean!, slackNewIssue: Boolean!, startWorkflowState: WorkflowState
  states(${PAGE}, filter: WorkflowStateFilter): WorkflowStateConnection!
  timezone: String!, triageEnabled: Boolean!, triageIssueState: WorkflowState
  triageResponsibility: TriageResponsibility, upcomingCycleCount: Float!, updatedAt: DateTime!
  viewerCanJoin: Boolean!, viewerCanLeave: Boolean!, viewerMembership: TeamMembership
  visibility: TeamVisibility!
}
type TeamConnection {
  nodes: [Team!]!, pageInfo: PageInfo!
}
type TeamMembership implements Node {
  archivedAt: DateTime, createdAt: DateTime!, id: ID!, owner: Boolean!, sortOrder: Float!, team: Team!
  updatedAt: DateTime!, user: User!
}
type TeamMembershipConnection {
  nodes: [TeamMembership!]!, pageInfo: PageInfo!
}
type User implements Node {
  active: Boolean!, admin: Boolean!, app: Boolean!, archivedAt: DateTime, avatarBackgroundColor: String!
  avatarUrl: String, calendarHash: String, canAccessAnyPublicTeam: Boolean!, createdAt: DateTime!
  createdIssueCount: Int!, description: String, disableReason: String, displayName: String!
  email: String!, gitHubUserId: String, guest: Boolean!, id: ID!, initials: String!, inviteHash: String!
  isAssignable: Boolean!, isMe: Boolean!, isMentionable: Boolean!, lastSeen: DateTime, name: String!
  owner: Boolean!, statusEmoji: String, statusLabel: String, statusUntilAt: DateTime
  supportsAgentSessions: Boolean!
  teamMemberships(${PAGE}): TeamMembershipConnection!
  timezone: String, title: String, updatedAt: DateTime!, url: String!
}
enum Day { Sunday Monday Tuesday Wednesday Thursday Friday Saturday }
enum FeedSummarySchedule { daily never weekly }
enum ProjectUpdateReminderFrequency { month never twoWeeks week }
enum ReleaseChannel { public }
enum SLADayCountType { all onlyBusinessDays }
enum TeamVisibility { private public }
`;
