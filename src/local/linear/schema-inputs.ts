// What every connection takes.

export const PAGE =
  "after: String, before: String, first: Int, includeArchived: Boolean, last: Int, orderBy: PaginationOrderBy";

export const INPUT_TYPES = `
scalar DateTime
scalar JSON
scalar JSONObject
scalar TimelessDate
interface Node { id: ID! }
enum PaginationOrderBy { createdAt updatedAt }
input StringComparator { eq: String, neq: String, in: [String!], nin: [String!] }
input IDComparator { eq: ID, neq: ID, in: [ID!], nin: [ID!] }
input AgentActivityFilter { agentSessionId: StringComparator, id: IDComparator, type: StringComparator }
input WorkflowStateFilter { id: IDComparator, name: StringComparator, type: StringComparator }
input TeamFilter { id: IDComparator, key: StringComparator, name: StringComparator }
input IssueLabelFilter { id: IDComparator, name: StringComparator }
input CommentFilter { id: IDComparator, body: StringComparator }
`;
