// Reads the environment, starts, waits for a signal, stops in reverse order.
import { startBot } from "./compose.ts";
import { parseConfig } from "./config.ts";
import { createLog } from "./log.ts";

const parsed = parseConfig(process.env);
if (!parsed.ok) {
  process.stderr.write(`Countersign cannot start:\n${parsed.problems.map((problem) => `  ${problem}\n`).join("")}`);
  process.exit(2);
}
const { config } = parsed;
const log = createLog(config.logLevel);
process.on("unhandledRejection", (cause) => log.error({ cause: String(cause) }, "unhandled rejection"));

try {
  const bot = await startBot(config, log);
  const signal = await nextSignal();
  log.info({ signal }, "stopping");
  await bot.stop();
  process.exit(0);
} catch (cause) {
  process.stderr.write(`Countersign cannot start: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  log.error({ cause: cause instanceof Error ? cause.stack : String(cause) }, "start failed");
  process.exit(1);
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve(name));
  });
}
