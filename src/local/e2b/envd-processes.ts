// The process service: start, attach, list, stdin and signals of this sandbox's commands.
import type { IncomingMessage } from "node:http";
import { fieldsOf, numberOf, textMapOf, textOf, textsOf, type Fields } from "./envd-fields.ts";
import { RpcProblem } from "./envd-problem.ts";
import { startCommand, type Command, type EndEvent } from "./envd-process.ts";
import { deadlineMsOf, type EventStream } from "./envd-stream.ts";
import type { User } from "./envd-user.ts";

const KEEP_ENDED_MS = 30_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Ended {
  readonly end: EndEvent;
  readonly tag: string | undefined;
}

interface Caller {
  readonly req: IncomingMessage;
  readonly user: User;
  readonly stream: EventStream;
}

export class Processes {
  readonly #baseEnv: Readonly<Record<string, string>>;
  readonly #running = new Map<number, Command>();
  readonly #ended = new Map<number, Ended>();

  constructor(baseEnv: Readonly<Record<string, string>>) {
    this.#baseEnv = baseEnv;
  }

  async start(body: Fields, { req, user, stream }: Caller): Promise<void> {
    if (body["pty"] !== undefined)
      throw new RpcProblem("unimplemented", "terminals (pty) are not supported by the local E2B service");
    const config = fieldsOf(body, "process");
    const spec = {
      cmd: textOf(config, "cmd") ?? "",
      args: textsOf(config, "args"),
      envs: textMapOf(config, "envs"),
      cwd: textOf(config, "cwd"),
      tag: textOf(body, "tag"),
      wantsStdin: body["stdin"] !== false,
      timeoutMs: deadlineMsOf(req),
    };
    const env = { ...this.#baseEnv, HOME: user.home, USER: user.name, LOGNAME: user.name };
    const onEnd = (pid: number, end: EndEvent): void => this.#keepEnd(pid, { end, tag: spec.tag });
    const command = await startCommand(spec, { user, env, onEnd });
    this.#ended.delete(command.pid);
    this.#running.set(command.pid, command);
    endAtDeadline(stream, spec.timeoutMs);
    command.attach(stream);
  }

  connect(body: Fields, { req, stream }: Caller): void {
    const selector = selectorOf(body);
    const command = this.#findRunning(selector);
    if (command !== undefined) {
      endAtDeadline(stream, deadlineMsOf(req));
      command.attach(stream);
      return;
    }
    const past = [...this.#ended].find(([pid, { tag }]) => matches(selector, pid, tag));
    if (past === undefined) throw noSuch(selector);
    stream.send({ event: { start: { pid: past[0] } } });
    stream.send({ event: { end: past[1].end } });
    stream.end();
  }

  list(): object {
    return { processes: [...this.#running.values()].map(describeCommand) };
  }

  sendInput(body: Fields): object {
    const bytes = textOf(fieldsOf(body, "input"), "stdin");
    if (bytes === undefined) throw new RpcProblem("unimplemented", "only stdin can be written to");
    this.#find(body).write(Buffer.from(bytes, "base64"));
    return {};
  }

  closeStdin(body: Fields): object {
    this.#find(body).closeStdin();
    return {};
  }

  sendSignal(body: Fields): object {
    this.#find(body).signal(signalOf(body["signal"]));
    return {};
  }

  freeze(): void {
    for (const command of this.#running.values()) command.freezeTimeout();
  }

  thaw(): void {
    for (const command of this.#running.values()) command.thawTimeout();
  }

  #find(body: Fields): Command {
    const selector = selectorOf(body);
    const command = this.#findRunning(selector);
    if (command === undefined) throw noSuch(selector);
    return command;
  }

  #findRunning(selector: Selector): Command | undefined {
    return [...this.#running.values()].find(({ pid, spec }) => matches(selector, pid, spec.tag));
  }

  #keepEnd(pid: number, ended: Ended): void {
    this.#running.delete(pid);
    this.#ended.set(pid, ended);
    const timer = setTimeout(() => {
      if (this.#ended.get(pid) === ended) this.#ended.delete(pid);
    }, KEEP_ENDED_MS);
    timer.unref();
  }
}

interface Selector {
  readonly pid: number | undefined;
  readonly tag: string | undefined;
}

function selectorOf(body: Fields): Selector {
  const given = fieldsOf(body, "process");
  const selector = { pid: numberOf(given, "pid"), tag: textOf(given, "tag") };
  if (selector.pid === undefined && selector.tag === undefined)
    throw new RpcProblem("invalid_argument", "a pid or a tag is needed");
  return selector;
}

function matches(selector: Selector, pid: number, tag: string | undefined): boolean {
  return selector.pid === undefined ? selector.tag === tag : selector.pid === pid;
}

function noSuch({ pid, tag }: Selector): RpcProblem {
  return new RpcProblem("not_found", `process with ${pid === undefined ? `tag ${tag}` : `pid ${pid}`} not found`);
}

function endAtDeadline(stream: EventStream, deadlineMs: number): void {
  if (deadlineMs === 0) return;
  const end = (): void => stream.end(new RpcProblem("deadline_exceeded", "the operation timed out"));
  const timer = setTimeout(end, Math.min(deadlineMs, MAX_TIMER_MS));
  stream.onClose(() => clearTimeout(timer));
}

function signalOf(value: unknown): "SIGTERM" | "SIGKILL" {
  if (value === "SIGNAL_SIGKILL" || value === 9) return "SIGKILL";
  if (value === "SIGNAL_SIGTERM" || value === 15) return "SIGTERM";
  throw new RpcProblem("unimplemented", "only SIGTERM and SIGKILL can be sent");
}

function describeCommand({ pid, spec }: Command) {
  const { cmd, args, envs, cwd, tag } = spec;
  return {
    config: { cmd, args, envs, ...(cwd === undefined ? {} : { cwd }) },
    pid,
    ...(tag === undefined ? {} : { tag }),
  };
}
