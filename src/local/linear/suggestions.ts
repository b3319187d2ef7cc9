// Which repository an issue is about: seeded numbers, else the share of a repository's name that the issue speaks of.
import type { Issue, World } from "./model.ts";

export interface Candidate {
  readonly hostname: string;
  readonly repositoryFullName: string;
}

export interface Suggestion extends Candidate {
  readonly confidence: number;
}

export function suggestRepositories(
  world: World,
  issue: Issue,
  candidates: readonly Candidate[],
): readonly Suggestion[] {
  const labels = issue.labelIds.map((id) => world.labels.get(id)?.name ?? "");
  const project = issue.projectId === undefined ? "" : (world.projects.get(issue.projectId)?.name ?? "");
  const said = new Set(wordsOf([issue.title, issue.description ?? "", project, ...labels].join(" ")));
  return candidates
    .map((candidate) => ({ ...candidate, confidence: confidenceFor(issue, candidate.repositoryFullName, said) }))
    .filter(({ confidence }) => confidence > 0)
    .sort((a, b) => b.confidence - a.confidence || (a.repositoryFullName < b.repositoryFullName ? -1 : 1));
}

function confidenceFor(issue: Issue, fullName: string, said: ReadonlySet<string>): number {
  if (issue.suggestions !== undefined) return issue.suggestions[fullName] ?? 0;
  const words = wordsOf(fullName.split("/").at(-1) ?? fullName);
  if (words.length === 0) return 0;
  const shared = words.filter((word) => said.has(word)).length;
  return Math.round((shared / words.length) * 100) / 100;
}

function wordsOf(text: string): readonly string[] {
  return [...new Set(text.toLowerCase().match(/[a-z0-9]{2,}/g) ?? [])];
}
