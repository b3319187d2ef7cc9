// One logger. Fields that may hold a secret are cut before they are written.
import pino from "pino";
import type { Log } from "./ports.ts";

const SECRET_FIELDS = [
  "token",
  "authorization",
  "password",
  "privateKey",
  "apiKey",
  "botToken",
  "appToken",
  "secret",
  "headers",
  "env",
];

/** JSON lines on standard output; `level` is pino's. */
export function createLog(level: string): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const logger = pino({ level, base: { service: "countersign" }, redact: { paths, censor: "[cut]" } });
  return {
    info: (fields, says) => logger.info(fields, says),
    warn: (fields, says) => logger.warn(fields, says),
    error: (fields, says) => logger.error(fields, says),
  };
}
