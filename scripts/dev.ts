// npm run dev: the stand-ins in this process, the bot in another that starts again whenever a source file is saved.
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { prepareMachine } from "./preflight.ts";
import { stopRunning } from "./running.ts";
import { openStage, setWebhooks } from "./stage.ts";

if (!(await prepareMachine())) process.exit(1);
const dir = resolve(".local");
await stopRunning(dir);
const stage = await openStage({
  dir,
  policyDir: resolve("manifests/demo/policy"),
  guide: true,
  withBot: false,
  onProgress: (says) => console.log(`… ${says}`),
});
const env = { ...process.env, ...stage.env, LOG_LEVEL: process.env["LOG_LEVEL"] ?? "info" };
setWebhooks(stage, stage.env, Number(stage.env["PORT"] ?? "3000"));
const bot = spawn(process.execPath, ["--watch", "src/main.ts"], { env, stdio: ["ignore", "inherit", "inherit"] });
writeFileSync(join(dir, "running.pid"), String(process.pid), { mode: 0o600 });
console.log(`\n  ${stage.slack.pageUrl}\n\nThe bot restarts on save. Ctrl-C stops all.`);
await new Promise<void>((done) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
  bot.once("exit", () => done());
});
rmSync(join(dir, "running.pid"), { force: true });
// The stand-ins go last, so that the bot can say goodbye to them.
const gone = new Promise<void>((done) => {
  if (bot.exitCode !== null || bot.signalCode !== null) done();
  else bot.once("exit", () => done());
});
bot.kill("SIGTERM");
await gone;
await stage.close();
process.exit(0);
