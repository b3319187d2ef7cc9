// What the API says of issues, their comments, labels and states.
import { PAGE } from "./schema-inputs.ts";

export const ISSUE_TYPES = `
type Issue implements Node {
  addedToCycleAt: DateTime, addedToProjectAt: DateTime, addedToTeamAt: DateTime
  agentSessions(${PAGE}): AgentSessionConnection!
  archivedAt: DateTime, asksExternalUserRequester: ExternalUser, asksRequester: User, assignee: User
  autoArchivedAt: DateTime, autoClosedAt: DateTime, boardOrder: Float!, botActor: ActorBot
  branchName: String!, canceledAt: DateTime
  comments(${PAGE}, filter: CommentFilter): CommentConnection!
  completedAt: DateTime, createdAt: DateTime!, creator: User, customerTicketCount: Int!, cycle: Cycle
  delegate: User, description: String, dueDate: TimelessDate, estimate: Float
  externalUserCreator: ExternalUser, favorite: Favorite, id: ID!, identifier: String!
  inheritsSharedAccess: Boolean!, integrationSourceType: IntegrationService, labelIds: [String!]!
  labels(${PAGE}, filter: IssueLabelFilter): IssueLabelConnection!
  lastAppliedTemplate: Template, number: Float!, parent: Issue, previousIdentifiers: [String!]!
  priority: Float!, priorityLabel: String!, prioritySortOrder: Float!, project: Project
  projectMilestone: ProjectMilestone, reactionData: JSONObject!, reactions: [Reaction!]!
  recurringIssueTemplate: Template, sharedAccess: IssueSharedAccess!, slaBreachesAt: DateTime
  slaHighRiskAt: DateTime, slaMediumRiskAt: DateTime, slaStartedAt: DateTime, slaType: String
  snoozedBy: User, snoozedUntilAt: DateTime, sortOrder: Float!, sourceComment: Comment
  startedAt: DateTime, startedTriageAt: DateTime, state: WorkflowState!, subIssueSortOrder: Float
  syncedWith: [ExternalEntityInfo!], team: Team!, title: String!, trashed: Boolean, triagedAt: DateTime
  updatedAt: DateTime!, url: String!
}
type IssuePayload {
  issue: Issue, lastSyncId: Float!, success: Boolean!
}
type Comment implements Node {
  agentSession: AgentSession, archivedAt: DateTime, body: String!, botActor: ActorBot
  createdAt: DateTime!, documentContent: DocumentContent, documentContentId: String, editedAt: DateTime
  externalThread: SyncedExternalThread, externalUser: ExternalUser, id: ID!, initiative: Initiative
  initiativeId: String, initiativeUpdate: InitiativeUpdate, initiativeUpdateId: String, issue: Issue
  issueId: String, parent: Comment, parentId: String, project: Project, projectId: String
  projectUpdate: ProjectUpdate, projectUpdateId: String, quotedText: String, reactionData: JSONObject!
  reactions: [Reaction!]!, resolvedAt: DateTime, resolvingComment: Comment, resolvingCommentId: String
  resolvingUser: User, syncedWith: [ExternalEntityInfo!], updatedAt: DateTime!, url: String!, user: User
}
type CommentConnection {
  nodes: [Comment!]!, pageInfo: PageInfo!
}
type CommentPayload {
  comment: Comment!, lastSyncId: Float!, success: Boolean!
}
type IssueLabel implements Node {
  archivedAt: DateTime, color: String!, createdAt: DateTime!, creator: User, description: String
  groupType: String, id: ID!, inheritedFrom: IssueLabel, isGroup: Boolean!, lastAppliedAt: DateTime
  name: String!, parent: IssueLabel, retiredBy: User, team: Team, updatedAt: DateTime!
}
type IssueLabelConnection {
  nodes: [IssueLabel!]!, pageInfo: PageInfo!
}
type IssueSharedAccess {
  disallowedIssueFields: [IssueSharedAccessDisallowedField!]!, isShared: Boolean!, sharedWithCount: Int!
  sharedWithUsers: [User!]!, viewerHasOnlySharedAccess: Boolean!
}
type WorkflowState implements Node {
  archivedAt: DateTime, color: String!, createdAt: DateTime!, description: String, id: ID!
  inheritedFrom: WorkflowState, name: String!, position: Float!, team: Team!, type: String!
  updatedAt: DateTime!
}
type WorkflowStateConnection {
  nodes: [WorkflowState!]!, pageInfo: PageInfo!
}
type Project implements Node {
  id: ID!, name: String!
}
input IssueUpdateInput {
  title: String, description: String, stateId: String, assigneeId: String, delegateId: String, projectId: String
  priority: Int, labelIds: [String!], addedLabelIds: [String!], removedLabelIds: [String!], trashed: Boolean
}
input CommentCreateInput { id: String, issueId: String, body: String, parentId: String }
`;
