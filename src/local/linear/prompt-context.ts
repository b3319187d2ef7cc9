// The text that opens a session: the issue, its comments and the team's guidance, marked up for a model to read.
import type { Comment, Issue, Json, World } from "./model.ts";
import { absoluteText, commentsOf, findTeam, identifierOf, isoOf, nameOf, stateOf } from "./world.ts";

export function guidanceFor(world: World, teamId: string): readonly Json[] {
  const team = findTeam(world, teamId);
  const { workspaceGuidance } = world.seed;
  return [
    ...(workspaceGuidance === undefined ? [] : [{ body: workspaceGuidance, origin: { type: "Organization" } }]),
    ...(team?.guidance === undefined
      ? []
      : [
          {
            body: team.guidance,
            origin: { type: "Team", team: { id: team.id, key: team.key, name: team.name, displayName: team.name } },
          },
        ]),
  ];
}

export function promptContext(world: World, issue: Issue, source: Comment | undefined): string {
  const labels = issue.labelIds.map((id) => `<label>${escapeText(world.labels.get(id)?.name ?? id)}</label>`);
  const project = issue.projectId === undefined ? undefined : world.projects.get(issue.projectId)?.name;
  const rootId = source?.parentId ?? source?.id;
  // The threads that the service opened for sessions say nothing a model needs.
  const comments = commentsOf(world, issue.id).filter(({ userId }) => userId !== undefined);
  const asked = comments.filter(({ id, parentId }) => rootId !== undefined && (id === rootId || parentId === rootId));
  const others = comments.filter((comment) => !asked.includes(comment));
  return [
    `<issue identifier="${identifierOf(world, issue)}">`,
    `<title>${escapeText(issue.title)}</title>`,
    `<description>${escapeText(absoluteText(world, issue.description ?? ""))}</description>`,
    `<team name="${escapeText(world.teams.get(issue.teamId)?.name ?? "")}"/>`,
    `<state>${escapeText(stateOf(world, issue).name)}</state>`,
    ...labels,
    ...(project === undefined ? [] : [`<project name="${escapeText(project)}"/>`]),
    "</issue>",
    ...thread(world, "primary-directive-thread", asked),
    ...thread(world, "other-thread", others),
    ...guidanceFor(world, issue.teamId).map(
      ({ body }) => `<guidance><guidance-rule>${escapeText(String(body))}</guidance-rule></guidance>`,
    ),
  ].join("\n");
}

function thread(world: World, tag: string, comments: readonly Comment[]): readonly string[] {
  if (comments.length === 0) return [];
  const lines = comments.map(({ userId, body, atMs }) => {
    const author = escapeText(nameOf(world, userId));
    return `<comment author="${author}" created-at="${isoOf(atMs)}">${escapeText(absoluteText(world, body))}</comment>`;
  });
  return [`<${tag}>`, ...lines, `</${tag}>`];
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
