// The schema this service answers by: a subset of Linear's, names, arguments and nullability alike.
import { buildSchema, type GraphQLSchema } from "graphql";
import { ABSENT_TYPES } from "./schema-absent.ts";
import { AGENT_TYPES } from "./schema-agents.ts";
import { INPUT_TYPES, PAGE } from "./schema-inputs.ts";
import { ISSUE_TYPES } from "./schema-issues.ts";
import { WORKSPACE_TYPES } from "./schema-workspace.ts";

const ROOT_TYPES = `
type Query {
  agentActivities(${PAGE}, filter: AgentActivityFilter): AgentActivityConnection!
  agentActivity(id: String!): AgentActivity!, agentSession(id: String!): AgentSession!
  agentSessions(${PAGE}): AgentSessionConnection!
  comment(hash: String, id: String): Comment!, issue(id: String!): Issue!
  issueLabel(id: String!): IssueLabel!
  issueRepositorySuggestions(agentSessionId: String, candidateRepositories: [CandidateRepository!]!, issueId: String!): RepositorySuggestionsPayload!
  organization: Organization!, team(id: String!): Team!
  teams(${PAGE}, filter: TeamFilter): TeamConnection!
  user(id: String!): User!, viewer: User!, workflowState(id: String!): WorkflowState!
  workflowStates(${PAGE}, filter: WorkflowStateFilter): WorkflowStateConnection!
}
type Mutation {
  agentActivityCreate(input: AgentActivityCreateInput!): AgentActivityPayload!
  agentSessionCreateOnComment(input: AgentSessionCreateOnComment!): AgentSessionPayload!
  agentSessionCreateOnIssue(input: AgentSessionCreateOnIssue!): AgentSessionPayload!
  agentSessionUpdate(id: String!, input: AgentSessionUpdateInput!): AgentSessionPayload!
  agentSessionUpdateExternalUrl(id: String!, input: AgentSessionUpdateExternalUrlInput!): AgentSessionPayload!
  commentCreate(input: CommentCreateInput!): CommentPayload!
  issueUpdate(id: String!, input: IssueUpdateInput!): IssuePayload!
}
type PageInfo {
  endCursor: String, hasNextPage: Boolean!, hasPreviousPage: Boolean!, startCursor: String
}
`;

const SDL = [INPUT_TYPES, ROOT_TYPES, AGENT_TYPES, ISSUE_TYPES, WORKSPACE_TYPES, ABSENT_TYPES].join("\n");

/** Throws when the text is no schema, so a slip shows at the first start. */
export function makeSchema(): GraphQLSchema {
  return buildSchema(SDL);
}
