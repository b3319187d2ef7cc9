// npm run local [-- --only slack|github|linear|e2b|postgres] [--port N] [--stop]: the stand-ins alone, for a bot started elsewhere.
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startLocalPostgres } from "../src/local/postgres.ts";
import { migrate } from "../src/store/migrate.ts";
import { SERVICES, startStack, writeEndpoints, type ServiceName } from "./local-services.ts";
import { prepareMachine } from "./preflight.ts";
import { stopRunning } from "./running.ts";
import { DEMO_AGENT_DIR, seedRepositories, setWebhooks } from "./stage.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    port: { type: "string" },
    stop: { type: "boolean" },
    dir: { type: "string", default: ".local" },
    /** The port of a bot that is told by webhooks. */
    bot: { type: "string", default: "3000" },
  },
});
const dir = resolve(values.dir);

if (values.stop === true) {
  console.log((await stopRunning(dir)) ? "Stopped the local services." : "No local services were running.");
  if (await stopPostgres()) console.log("Stopped PostgreSQL.");
  process.exit(0);
}

const only = SERVICES.find((name) => name === values.only);
if (values.only !== undefined && only === undefined) {
  console.error(`✗ --only takes one of ${SERVICES.join(", ")}`);
  process.exit(2);
}
const needsSandbox = only === undefined || only === "e2b";
if (needsSandbox && !(await prepareMachine())) process.exit(1);
await serve(only);

async function stopPostgres(): Promise<boolean> {
  const postgres = await startLocalPostgres({ stateDir: dir });
  await postgres.stop();
  return !postgres.started;
}

async function serve(name: ServiceName | undefined): Promise<void> {
  await stopRunning(dir);
  const postgres = name === undefined || name === "postgres" ? await startLocalPostgres({ stateDir: dir }) : undefined;
  if (postgres !== undefined) await migrate(postgres.adminUrl);
  const port = values.port === undefined ? undefined : Number(values.port);
  const stack = await startStack({
    dir,
    ...(name === undefined ? {} : { only: name }),
    ...(port === undefined || name === undefined || name === "postgres" ? {} : { ports: { [name]: port } }),
    bindReadOnly: { [resolve("manifests/demo/agent")]: DEMO_AGENT_DIR },
  });
  if (stack.github !== undefined) {
    await seedRepositories(stack.github);
  }
  setWebhooks(stack, stack.env, Number(values.bot));
  writeEndpoints(dir, stack, postgres);
  writeFileSync(join(dir, "running.pid"), String(process.pid), { mode: 0o600 });
  if (stack.slack !== undefined) console.log(`slack     ${stack.slack.pageUrl}`);
  if (stack.github !== undefined) console.log(`github    ${stack.github.pageUrl}`);
  if (stack.linear !== undefined) console.log(`linear    ${stack.linear.pageUrl}`);
  if (stack.e2b !== undefined) console.log(`e2b       ${stack.e2b.url}`);
  if (postgres !== undefined) console.log("postgres  see .local/env");
  console.log(`Settings for a bot: ${join(values.dir, "env")} (and endpoints.json). Ctrl-C stops them.`);
  await new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
  });
  rmSync(join(dir, "running.pid"), { force: true });
  await stack.close();
  await postgres?.stop();
  process.exit(0);
}
