// Everything that we say to Linear, recorded while the adapter works on the local one, against Linear's own schema.
import { existsSync, readFileSync } from "node:fs";
import {
  buildSchema,
  getOperationAST,
  getVariableValues,
  parse,
  validate,
  isScalarType,
  type GraphQLSchema,
} from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import * as documents from "../../src/linear/documents.ts";
import type { Call } from "../../src/linear/call.ts";
import type { LinearCall } from "../../src/local/linear/server.ts";
import { STATES } from "../slack/states.ts";
import { ADA, open, start } from "../local/linear/fixture.ts";
import { adapterOn, mintedOn } from "./adapter.ts";
import { onIssue } from "./views.ts";

const REAL = new URL("../../../shared/data/linear-schema-88.3.0.graphql", import.meta.url);

/** What the schema at hand, or its types, say otherwise than the API does. */
const AHEAD = [
  // AgentSessionUpdateInput.plan: typed as an object, while an array of steps is what the API takes.
  "UpdateSession: input.plan is no object",
];

/** A whole life of two sessions, so that every document goes out at least once. */
async function record(): Promise<readonly LinearCall[]> {
  const linear = await start();
  const { tracker, call, identity } = adapterOn(linear, { tokens: mintedOn(linear) });
  const session = await open(linear);
  await linear.prompt({ user: ADA, session, body: "And say since when." });
  expect(await identity.read()).toMatchObject({ organizationId: "org-1", appName: "Countersign" });
  await tracker.readPerson(`linear:${ADA}`);
  await tracker.findIssue("ENG-1");
  await tracker.readIssueText("issue-1");
  await tracker.suggestRepositories({ issueId: "issue-1", session, repositories: ["acme/web-shop", "acme/ledger"] });
  await tracker.suggestRepositories({ issueId: "issue-1", repositories: ["acme/web-shop"] });
  for (const given of Object.values(STATES)) {
    const { run, ...rest } = onIssue(given);
    for (const planned of await tracker.planRun({ ...rest, run: { ...run, session } })) {
      const sent = await tracker.post(planned, { runId: run.id, slot: planned.slot });
      expect([planned.slot, sent]).toMatchObject([planned.slot, { kind: "sent" }]);
      await tracker.findPosted(planned, { runId: run.id, slot: planned.slot });
    }
  }
  const { run, ...rest } = onIssue(STATES["working"]!);
  const { session: _none, ...without } = run;
  const [proactive] = await tracker.planRun({ ...rest, run: { ...without, issue: { ...run.issue!, id: "issue-2" } } });
  expect(await tracker.post(proactive!, { runId: run.id, slot: "session" })).toMatchObject({ kind: "sent" });
  expect(await tracker.findPosted(proactive!, { runId: run.id, slot: "session" })).toBeDefined();
  expect(await tracker.hasSession("issue-2")).toBe(true);
  expect((await tracker.listMissed(0)).length).toBeGreaterThan(0);
  await readTeams(call);
  return linear.calls().filter(({ query }) => query !== "");
}

async function readTeams(call: Call): Promise<void> {
  const read = await call(documents.READ_TEAMS, {}, z.object({ teams: z.object({ nodes: z.array(z.unknown()) }) }));
  expect(read.ok).toBe(true);
}

function readSchema(): GraphQLSchema {
  const schema = buildSchema(readFileSync(REAL, "utf8"));
  const objects = schema.getType("JSONObject");
  if (!isScalarType(objects)) throw new Error("Linear's schema has no JSONObject");
  objects.parseValue = (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("no object");
    return value;
  };
  return schema;
}

/** What the schema has against a document and its variables, each in a few words. */
function judge(
  schema: GraphQLSchema,
  { query, variables }: Pick<LinearCall, "query" | "variables">,
): readonly string[] {
  const document = parse(query);
  const wrong = validate(schema, document).map(({ message }) => message);
  const operation = getOperationAST(document);
  const given = z.record(z.string(), z.unknown()).parse(variables);
  const read = getVariableValues(schema, operation?.variableDefinitions ?? [], given);
  const unknown = Object.keys(given).filter(
    (name) => !operation?.variableDefinitions?.some(({ variable }) => variable.name.value === name),
  );
  const unfit = (read.errors ?? []).map(
    ({ message }) =>
      `${/at "([^"]*)"/.exec(message)?.[1] ?? ""} ${/no object/.test(message) ? "is no object" : message}`,
  );
  return [...wrong, ...unfit, ...unknown.map((name) => `no variable ${name}`)];
}

describe.skipIf(!existsSync(REAL))("against Linear's own schema", () => {
  let schema: GraphQLSchema;
  beforeAll(() => {
    schema = readSchema();
  });

  it("every call of a whole session's life is a document and variables that Linear knows", async () => {
    const calls = await record();
    const operations = Object.values(documents).map((each) => getOperationAST(parse(each))?.name?.value);
    expect([...new Set(calls.map(({ operation }) => operation))].toSorted()).toEqual(
      operations.filter((each) => each !== undefined).toSorted(),
    );
    const told = new Set<string>();
    for (const call of calls) {
      for (const problem of judge(schema, call)) told.add(`${call.operation}: ${problem}`);
    }
    expect([...told]).toEqual(AHEAD);
  });

  it.each<[string, string, Readonly<Record<string, unknown>>]>([
    ["a field that is not there", "query Q { viewer { nick } }", {}],
    ["a variable of the wrong type", documents.READ_ISSUE, { id: 7 }],
    ["a variable that is missing", documents.READ_ISSUE, {}],
    ["a variable that nobody asks for", documents.WHO_AM_I, { id: "1" }],
    ["an option that the API does not know", documents.UPDATE_ISSUE, { id: "1", input: { delegate: "1" } }],
  ])("%s is found by this very test", (_what, query, variables) => {
    expect(judge(schema, { query, variables })).toHaveLength(1);
  });
});
if (!existsSync(REAL)) console.log(`the contract with Linear is not checked: there is no ${REAL.pathname}`);
