// Every GraphQL document we send, in one place: the contract tests validate exactly these. Connections always name `first`.

export const WHO_AM_I = /* GraphQL */ `
  query WhoAmI {
    viewer {
      id
      name
    }
    organization {
      id
      name
      urlKey
    }
  }
`;

export const READ_ISSUE = /* GraphQL */ `
  query ReadIssue($id: String!) {
    issue(id: $id) {
      id
      identifier
      title
      url
      trashed
      archivedAt
      team {
        id
        key
      }
      state {
        type
      }
      delegate {
        id
      }
      project {
        name
      }
      labels(first: 30) {
        nodes {
          name
        }
      }
    }
  }
`;

export const READ_ISSUE_TEXT = /* GraphQL */ `
  query ReadIssueText($id: String!) {
    issue(id: $id) {
      identifier
      title
      description
      createdAt
      creator {
        id
        name
        guest
        app
      }
      comments(first: 50) {
        nodes {
          body
          createdAt
          user {
            id
            name
            guest
            app
          }
        }
      }
    }
  }
`;

export const READ_PERSON = /* GraphQL */ `
  query ReadPerson($id: String!) {
    user(id: $id) {
      id
      name
      email
      active
      guest
      app
      teamMemberships(first: 50) {
        nodes {
          team {
            key
          }
        }
      }
    }
  }
`;

export const CREATE_ACTIVITY = /* GraphQL */ `
  mutation CreateActivity($input: AgentActivityCreateInput!) {
    agentActivityCreate(input: $input) {
      success
    }
  }
`;

export const FIND_ACTIVITY = /* GraphQL */ `
  query FindActivity($id: String!) {
    agentActivity(id: $id) {
      id
      agentSession {
        id
      }
    }
  }
`;

export const UPDATE_SESSION = /* GraphQL */ `
  mutation UpdateSession($id: String!, $input: AgentSessionUpdateInput!) {
    agentSessionUpdate(id: $id, input: $input) {
      success
    }
  }
`;

export const OPEN_SESSION = /* GraphQL */ `
  mutation OpenSession($input: AgentSessionCreateOnIssue!) {
    agentSessionCreateOnIssue(input: $input) {
      success
      agentSession {
        id
      }
    }
  }
`;

export const READ_SESSIONS_OF_ISSUE = /* GraphQL */ `
  query ReadSessionsOfIssue($id: String!) {
    issue(id: $id) {
      agentSessions(first: 20) {
        nodes {
          id
          status
          dismissedAt
          appUser {
            id
          }
          externalLinks {
            url
          }
        }
      }
    }
  }
`;

export const SUGGEST_REPOSITORIES = /* GraphQL */ `
  query SuggestRepositories($issueId: String!, $candidates: [CandidateRepository!]!, $sessionId: String) {
    issueRepositorySuggestions(issueId: $issueId, candidateRepositories: $candidates, agentSessionId: $sessionId) {
      suggestions {
        repositoryFullName
        confidence
      }
    }
  }
`;

export const READ_STARTED_STATES = /* GraphQL */ `
  query ReadStartedStates($team: String!) {
    team(id: $team) {
      states(first: 50, filter: { type: { eq: "started" } }) {
        nodes {
          id
          position
        }
      }
    }
  }
`;

export const UPDATE_ISSUE = /* GraphQL */ `
  mutation UpdateIssue($id: String!, $input: IssueUpdateInput!) {
    issueUpdate(id: $id, input: $input) {
      success
    }
  }
`;

/** What a lost webhook would have told: sessions that changed lately, with what people wrote in them. */
export const READ_SESSIONS = /* GraphQL */ `
  query ReadSessions {
    agentSessions(first: 20, orderBy: updatedAt) {
      nodes {
        id
        status
        createdAt
        updatedAt
        dismissedAt
        appUser {
          id
        }
        creator {
          id
          name
        }
        comment {
          id
          body
          user {
            id
          }
        }
        sourceComment {
          id
          body
          user {
            id
          }
        }
        issue {
          id
          identifier
          title
          description
          url
          trashed
          archivedAt
          team {
            id
            key
          }
          state {
            type
          }
          delegate {
            id
          }
        }
        activities(first: 20, filter: { type: { eq: "prompt" } }) {
          nodes {
            id
            createdAt
            signal
            user {
              id
              name
            }
            content {
              ... on AgentActivityPromptContent {
                body
              }
            }
          }
        }
      }
    }
  }
`;

export const READ_TEAMS = /* GraphQL */ `
  query ReadTeams {
    teams(first: 100) {
      nodes {
        key
        name
      }
    }
  }
`;
