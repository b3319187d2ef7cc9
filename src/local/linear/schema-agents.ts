// What the API says of agents: sessions, activities, suggestions. Our own subset of the real schema.
import { PAGE } from "./schema-inputs.ts";

export const AGENT_TYPES = `
type AgentSession implements Node {
  activities(${PAGE}, filter: AgentActivityFilter): AgentActivityConnection!
  appUser: User!, archivedAt: DateTime, comment: Comment, context: JSON!, createdAt: DateTime!
  creator: User, dismissedAt: DateTime, dismissedBy: User, endedAt: DateTime, externalLink: String
  externalLinks: [AgentSessionExternalLink!]!, externalUrls: JSON!, id: ID!, issue: Issue, plan: JSON
  slugId: String!, sourceComment: Comment, sourceMetadata: JSON, startedAt: DateTime
  status: AgentSessionStatus!, summary: String, type: AgentSessionType, updatedAt: DateTime!, url: String
}
type AgentSessionConnection {
  nodes: [AgentSession!]!, pageInfo: PageInfo!
}
type AgentSessionExternalLink {
  label: String!, url: String!
}
type AgentSessionPayload {
  agentSession: AgentSession!, lastSyncId: Float!, success: Boolean!
}
type AgentActivity implements Node {
  agentSession: AgentSession!, archivedAt: DateTime, content: AgentActivityContent!, createdAt: DateTime!
  ephemeral: Boolean!, id: ID!, signal: AgentActivitySignal, signalMetadata: JSON, sourceComment: Comment
  sourceMetadata: JSON, updatedAt: DateTime!, user: User!
}
type AgentActivityConnection {
  nodes: [AgentActivity!]!, pageInfo: PageInfo!
}
type AgentActivityPayload {
  agentActivity: AgentActivity!, lastSyncId: Float!, success: Boolean!
}
type AgentActivityActionContent {
  action: String!, parameter: String!, result: String, type: AgentActivityType!
}
type AgentActivityElicitationContent {
  body: String!, type: AgentActivityType!
}
type AgentActivityErrorContent {
  body: String!, reasonCode: String, type: AgentActivityType!
}
type AgentActivityPromptContent {
  body: String!, title: String, type: AgentActivityType!
}
type AgentActivityResponseContent {
  body: String!, type: AgentActivityType!
}
type AgentActivityThoughtContent {
  body: String!, type: AgentActivityType!
}
type RepositorySuggestion {
  confidence: Float!, hostname: String, repositoryFullName: String!
}
type RepositorySuggestionsPayload {
  suggestions: [RepositorySuggestion!]!
}
union AgentActivityContent =
  | AgentActivityActionContent
  | AgentActivityElicitationContent
  | AgentActivityErrorContent
  | AgentActivityPromptContent
  | AgentActivityResponseContent
  | AgentActivityThoughtContent
enum AgentSessionStatus { pending active awaitingInput complete error stale stopping }
enum AgentSessionType { commentThread }
enum AgentActivitySignal { stop continue select auth }
enum AgentActivityType { action elicitation error prompt response thought }
input AgentActivityCreateInput {
  agentSessionId: String!, content: JSONObject!, ephemeral: Boolean, id: String
  signal: AgentActivitySignal, signalMetadata: JSONObject
}
input AgentSessionExternalUrlInput { label: String!, url: String! }
input AgentSessionCreateOnIssue { issueId: String!, externalUrls: [AgentSessionExternalUrlInput!] }
input AgentSessionCreateOnComment { commentId: String!, externalUrls: [AgentSessionExternalUrlInput!] }
input AgentSessionUpdateInput {
  externalUrls: [AgentSessionExternalUrlInput!], addedExternalUrls: [AgentSessionExternalUrlInput!]
  removedExternalUrls: [String!], plan: JSONObject, summary: String
}
input AgentSessionUpdateExternalUrlInput {
  externalUrls: [AgentSessionExternalUrlInput!], addedExternalUrls: [AgentSessionExternalUrlInput!]
  removedExternalUrls: [String!]
}
input CandidateRepository { hostname: String!, repositoryFullName: String! }
`;
