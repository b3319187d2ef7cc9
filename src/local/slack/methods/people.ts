// auth, team, bots, users, usergroups.
import type { Args } from "../args.ts";
import { Refusal, type Slack } from "../context.ts";
import type { Json } from "../json.ts";
import type { SeedPerson } from "../seed.ts";
import { userJson } from "../wire.ts";
import { handleOf, type World } from "../world.ts";
import { page, type Methods } from "./method.ts";

export const people: Methods = {
  "auth.test": { scopes: [], run: ({ world }) => authTest(world) },
  "api.test": { scopes: [], run: (_slack, args) => ({ args: args.all }) },
  "team.info": {
    scopes: ["team:read"],
    run: ({ world }) => ({ team: { ...world.seed.team, email_domain: "", icon: {} } }),
  },
  "bots.info": { scopes: ["users:read"], run: botInfo },
  "users.info": { scopes: ["users:read"], run: userInfo },
  "users.list": { scopes: ["users:read"], run: userList },
  "users.lookupByEmail": { scopes: ["users:read.email"], run: userByEmail },
  "usergroups.list": { scopes: ["usergroups:read"], run: groupList },
  "usergroups.users.list": { scopes: ["usergroups:read"], run: groupMembers },
};

function authTest(world: World): Json {
  const { team, bot } = world.seed;
  return {
    url: `https://${team.domain}.slack.example/`,
    team: team.name,
    user: handleOf(bot),
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  };
}

function botInfo({ world }: Slack, args: Args): Json {
  const { bot } = world.seed;
  if (args.need("bot") !== bot.botId) throw new Refusal("bot_not_found");
  return {
    bot: {
      id: bot.botId,
      deleted: false,
      name: bot.name,
      updated: 0,
      app_id: bot.appId,
      user_id: bot.userId,
      icons: {},
    },
  };
}

function allPeople(world: World): readonly SeedPerson[] {
  const { bot } = world.seed;
  return [...world.people.values(), { id: bot.userId, name: bot.name, title: "", email: "", isBot: true }];
}

function userInfo({ world }: Slack, args: Args): Json {
  const id = args.need("user");
  const person = allPeople(world).find((each) => each.id === id);
  if (person === undefined) throw new Refusal("user_not_found");
  return { user: userJson(world, person) };
}

function userList({ world }: Slack, args: Args): Json {
  const { items, response_metadata } = page(allPeople(world), args, { fallback: 1000, max: 1000 });
  return { members: items.map((person) => userJson(world, person)), cache_ts: 0, response_metadata };
}

function userByEmail({ world }: Slack, args: Args): Json {
  const email = args.need("email").toLowerCase();
  const person = [...world.people.values()].find((each) => each.email.toLowerCase() === email);
  if (person === undefined) throw new Refusal("users_not_found");
  return { user: userJson(world, person) };
}

function groupList({ world }: Slack, args: Args): Json {
  const usergroups = [...world.usergroups.values()].map(({ id, handle, name, members }) => ({
    id,
    team_id: world.seed.team.id,
    is_usergroup: true,
    is_external: false,
    name: name ?? handle,
    handle,
    description: "",
    date_delete: 0,
    user_count: members.length,
    ...(args.flag("include_users") === true ? { users: members } : {}),
  }));
  return { usergroups };
}

function groupMembers({ world }: Slack, args: Args): Json {
  const group = world.usergroups.get(args.need("usergroup"));
  if (group === undefined) throw new Refusal("no_such_subteam");
  return { users: group.members };
}
