// The verbs of people, as promises: what throws inside rejects outside.
import type { Linear } from "./context.ts";
import { tellRevoked, tellTeamAccess } from "./events.ts";
import type { LinearPeople } from "./interface.ts";
import * as people from "./people.ts";
import { scopeOf } from "./oauth.ts";
import { newCode, revokeAllOf, type TokenBook } from "./tokens.ts";
import { announce, botApp, findTeam } from "./world.ts";

export function peopleOf(linear: Linear, book: TokenBook): LinearPeople {
  return {
    delegate: async (act) => people.delegate(linear, act),
    assign: async (act) => people.assign(linear, act),
    comment: async (act) => people.comment(linear, act),
    prompt: async (act) => people.prompt(linear, act),
    choose: async (act) => people.choose(linear, act),
    stop: async (act) => people.stop(linear, act),
    dismiss: async (act) => people.dismiss(linear, act),
    setState: async (act) => people.setState(linear, act),
    remove: async (act) => people.remove(linear, act),
    automate: async (act) => people.automate(linear, act),
    createIssue: async (act) => people.createIssue(linear, act),
    authorize: (act) => authorize(linear, book, act.scope),
    revokeApp: async () => revokeApp(linear, book),
    changeTeamAccess: async (act) => changeTeamAccess(linear, act),
  };
}

function authorize({ world }: Linear, book: TokenBook, given: string): { readonly code: string } {
  const scope = scopeOf(given);
  if (scope === undefined) throw new Error(`an app user cannot have the scope "${given}"`);
  const app = botApp(world);
  app.revoked = false;
  const code = newCode(book, app, { scope, nowMs: world.now() });
  announce(world);
  return { code };
}

function revokeApp(linear: Linear, book: TokenBook): void {
  const app = botApp(linear.world);
  app.revoked = true;
  revokeAllOf(book, app);
  announce(linear.world);
  tellRevoked(linear);
}

interface TeamAccess {
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}

function changeTeamAccess(linear: Linear, { added = [], removed = [] }: TeamAccess): void {
  const { world } = linear;
  const idsOf = (teams: readonly string[]): readonly string[] =>
    teams.map((each) => {
      const team = findTeam(world, each);
      if (team === undefined) throw new Error(`no team ${each}`);
      return team.id;
    });
  const { teamIds } = botApp(world);
  const addedIds = idsOf(added);
  const removedIds = idsOf(removed);
  for (const id of addedIds) teamIds.add(id);
  for (const id of removedIds) teamIds.delete(id);
  announce(world);
  tellTeamAccess(linear, addedIds, removedIds);
}
