// One command, with its output and code.
import { spawn } from "node:child_process";

const KEPT_CHARACTERS = 200_000;

export function runShell(command, { timeMs = 10 * 60_000 } = {}) {
  return new Promise((resolve) => {
    // oxlint-disable-next-line node/no-process-env -- commands see what this program sees
    const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
    const child = spawn("/bin/sh", ["-c", command], { env, stdio: ["ignore", "pipe", "pipe"], timeout: timeMs });
    let output = "";
    const keep = (bytes) => {
      output = `${output}${bytes.toString("utf8")}`.slice(-KEPT_CHARACTERS);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (cause) => resolve({ code: -1, output: String(cause) }));
    child.on("close", (code) => resolve({ code: code ?? -1, output }));
  });
}
