// Types that the SDK's documents name and this workspace has nothing of: every field that leads to one is null or empty.

export const ABSENT_TYPES = `
type ActorBot {
  avatarUrl: String, id: ID, name: String, subType: String, type: String!, userDisplayName: String
}
type AiPromptRules implements Node {
  archivedAt: DateTime, createdAt: DateTime!, id: ID!, updatedAt: DateTime!, updatedBy: User
}
type Cycle implements Node {
  id: ID!
}
type Document implements Node {
  id: ID!
}
type DocumentContent implements Node {
  aiPromptRules: AiPromptRules, archivedAt: DateTime, content: String, contentState: String
  createdAt: DateTime!, document: Document, id: ID!, initiative: Initiative, issue: Issue
  project: Project, projectMilestone: ProjectMilestone, restoredAt: DateTime, updatedAt: DateTime!
  welcomeMessage: WelcomeMessage
}
type ExternalEntityInfo {
  id: String!, metadata: ExternalEntityInfoMetadata, service: ExternalSyncService!
}
type ExternalEntityInfoGithubMetadata {
  number: Float, owner: String, repo: String
}
type ExternalEntityInfoJiraMetadata {
  issueKey: String, issueTypeId: String, projectId: String
}
type ExternalEntitySlackMetadata {
  channelId: String, channelName: String, isFromSlack: Boolean!, messageUrl: String
}
type ExternalUser implements Node {
  id: ID!
}
type Favorite implements Node {
  id: ID!
}
type Initiative implements Node {
  id: ID!
}
type InitiativeUpdate implements Node {
  id: ID!
}
type Integration implements Node {
  id: ID!
}
type IntegrationsSettings implements Node {
  id: ID!
}
type PaidSubscription implements Node {
  archivedAt: DateTime, cancelAt: DateTime, canceledAt: DateTime, collectionMethod: String!
  createdAt: DateTime!, creator: User, id: ID!, nextBillingAt: DateTime, pendingChangeType: String
  seats: Float!, seatsMaximum: Float, seatsMinimum: Float, type: String!, updatedAt: DateTime!
}
type ProjectMilestone implements Node {
  id: ID!
}
type ProjectStatus implements Node {
  archivedAt: DateTime, color: String!, createdAt: DateTime!, description: String, id: ID!
  indefinite: Boolean!, name: String!, position: Float!, type: ProjectStatusType!, updatedAt: DateTime!
}
type ProjectUpdate implements Node {
  id: ID!
}
type Reaction implements Node {
  archivedAt: DateTime, comment: Comment, createdAt: DateTime!, emoji: String!, externalUser: ExternalUser
  id: ID!, initiativeUpdate: InitiativeUpdate, issue: Issue, projectUpdate: ProjectUpdate
  updatedAt: DateTime!, user: User
}
type SyncedExternalThread {
  displayName: String, id: ID, isConnected: Boolean!, isPersonalIntegrationConnected: Boolean!
  isPersonalIntegrationRequired: Boolean!, name: String, subType: String, type: String!, url: String
}
type Template implements Node {
  id: ID!
}
type TriageResponsibility implements Node {
  id: ID!
}
type WelcomeMessage implements Node {
  archivedAt: DateTime, createdAt: DateTime!, enabled: Boolean!, id: ID!, title: String
  updatedAt: DateTime!, updatedBy: User
}
union ExternalEntityInfoMetadata =
  | ExternalEntityInfoGithubMetadata
  | ExternalEntityInfoJiraMetadata
  | ExternalEntitySlackMetadata
enum ExternalSyncService { github jira slack }
enum IntegrationService { github }
enum IssueSharedAccessDisallowedField { cycleId projectId projectMilestoneId teamId }
enum ProjectStatusType { backlog canceled completed paused planned started }
`;
