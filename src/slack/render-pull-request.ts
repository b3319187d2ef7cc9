// The pull request's own card in the thread, from open to merged or closed, and the reply when its CI fails.
import { allPassed, failedChecks } from "../core/ci.ts";
import type { InPhase } from "../core/run-state.ts";
import { shortSeal } from "../core/seal.ts";
import { actions, button, context, headline, linkButton, rich, section, wakes, words, type Block } from "./blocks.ts";
import { askAgain } from "./render-ended.ts";
import {
  detailsLink,
  groups,
  minutes,
  notice,
  people,
  person,
  runLabel,
  when,
  type Face,
  type Scene,
} from "./render-scene.ts";

export type PublishedState = InPhase<"pr_open" | "merged" | "closed">;

export function renderPullRequest(scene: Scene, state: PublishedState): Face {
  const { title } = scene.view.run;
  const numbered = `#${state.number} ${title}`;
  const words = describe(scene, state);
  return {
    text: notice(words.notice, title),
    blocks: [
      headline(words.state, numbered),
      ...words.blocks,
      ...actions(words.buttons),
      context([...words.facts, `seal ${shortSeal(state.seal)} ✓`, spent(scene), runLabel(scene), detailsLink(scene)]),
    ],
    wakes: wakes({ people: [scene.view.run.request.requester.id.replace(/^slack:/, "")], groups: [] }, words.why),
  };
}

interface Described {
  readonly state: string;
  readonly notice: string;
  readonly blocks: readonly Block[];
  readonly buttons: Parameters<typeof actions>[0];
  readonly facts: readonly (string | undefined)[];
  readonly why: string;
}

function describe(scene: Scene, state: PublishedState): Described {
  const open = linkButton("Open pull request", state.url);
  switch (state.phase) {
    case "pr_open":
      return {
        state: "Pull request open",
        notice: `Pull request #${state.number} is open`,
        blocks: [section(describeOpen(scene, state))],
        buttons: [open],
        facts: [describeCi(state.ci)],
        why: "your pull request is open.",
      };
    case "merged":
      return {
        state: "Merged",
        notice: `Merged (#${state.number})`,
        blocks: [
          section(`Into ${base(scene)} by ${person(scene, state.by)}, ${when(state.atMs)}.${moved(state.headMatches)}`),
        ],
        buttons: [open],
        facts: [],
        why: "your change is in.",
      };
    case "closed":
      return {
        state: "Closed without merging",
        notice: `Closed without merging (#${state.number})`,
        blocks: [section(`By ${person(scene, state.by)}, ${when(state.atMs)}. Nothing was merged.`)],
        buttons: [askAgain(scene), open],
        facts: [],
        why: "your change was not merged.",
      };
    default:
      return state satisfies never;
  }
}

function describeOpen(scene: Scene, state: InPhase<"pr_open">): string {
  const exactly = state.headMatches
    ? "Exactly the approved change."
    : "⚠ Somebody pushed to its branch: it is no longer exactly the approved change.";
  const draft = state.draft ? " It is a draft: mark it ready on GitHub." : "";
  return `Approved by ${people(scene, state.approvals)}. ${exactly}${draft} Next: CI and review on GitHub; you will hear here.`;
}

function moved(headMatches: boolean): string {
  return headMatches ? "" : " ⚠ Somebody had pushed to its branch after the approval.";
}

function base(scene: Scene): string {
  const { changes, run } = scene.view;
  const change = changes.findLast((each) => each.seal !== undefined);
  return person(scene, change?.baseBranch ?? run.rules?.base ?? run.repository?.defaultBranch ?? "the base branch");
}

function spent(scene: Scene): string | undefined {
  return scene.view.run.usedMs < 60_000 ? undefined : minutes(scene.view.run.usedMs);
}

function describeCi(ci: Readonly<Record<string, string>>): string {
  const all = Object.entries(ci);
  const failed = failedChecks(ci);
  if (failed.length > 0) return `CI: ✗ failed (${failed.map((name) => name.slice(0, 40)).join(", ")})`.slice(0, 150);
  if (all.length === 0) return "CI: nothing reported yet";
  return allPassed(ci) ? "CI: ✓ passed" : "CI: running";
}

/** One reply a commit, edited while more of its checks fail. */
export function renderCiFailure(scene: Scene, state: InPhase<"pr_open">): Face | undefined {
  const failed = failedChecks(state.ci);
  if (failed.length === 0) return undefined;
  const { run } = scene.view;
  const names = failed.slice(0, 5).join(", ");
  const more = failed.length > 5 ? ` and ${failed.length - 5} more` : "";
  return {
    text: notice(`CI failed on #${state.number}: ${names}${more}`),
    blocks: [
      rich([words("✗ CI failed", { bold: true }), words(` on #${state.number}: ${names}${more}.`)]),
      ...actions([
        button({
          text: "Send failure back",
          action: "send_failure_back",
          value: { run: run.id, change: state.change },
        }),
        linkButton("Open pull request", state.url),
      ]),
      context([
        `a new version needs a new approval by ${groups(scene.names, run.rules?.ownerGroups ?? [])}`,
        runLabel(scene),
      ]),
    ],
  };
}
