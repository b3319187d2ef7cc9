// The local E2B service: the control API and the way into sandboxes on one loopback origin, for the unmodified SDK.
import { listenLocal } from "../http.ts";
import { ApiProblem, sendProblem } from "./api-problem.ts";
import { createCallLog, type RecordedCall } from "./call-log.ts";
import { answerControl } from "./control-api.ts";
import { resolveByHost } from "./egress-dial.ts";
import type { EgressDecision } from "./egress-log.ts";
import { markPrefixOf, openFleet, type Fleet } from "./fleet.ts";
import { answerEnvd, isForEnvd } from "./gateway.ts";
import { sandboxUser } from "./host-user.ts";
import { reachableBinds, removeOldCopies } from "./reach.ts";
import { findNpm, prepareRuntime } from "./runtime.ts";
import { claimFolder, openStateFolder } from "./state-folder.ts";

export interface LocalE2bOptions {
  readonly port: number;
  /** For all sandboxes of this service. As root it must lie where a stranger can enter, such as the temporary folder. */
  readonly stateDir: string;
  readonly apiKey: string;
  /** Folders bound read-only into every sandbox, such as an agent's package folder: host path -> path inside. */
  readonly bindReadOnly?: Readonly<Record<string, string>>;
  /** `name:port` as a sandbox says it -> `127.0.0.1:port` on the host. The name must be allowed to the sandbox as well. */
  readonly forwards?: Readonly<Record<string, string>>;
}

interface SandboxSummary {
  readonly id: string;
  readonly state: "running" | "paused";
  readonly metadata: Readonly<Record<string, string>>;
  readonly startedAtMs: number;
  readonly endAtMs: number;
}

export interface LocalE2b {
  readonly url: string;
  readonly port: number;
  calls(): readonly RecordedCall[];
  listSandboxes(): readonly SandboxSummary[];
  /** What this sandbox tried to reach, also after its end. */
  egress(sandboxId: string): readonly EgressDecision[];
  /** Ends every sandbox unless told to leave them to the next start on the same folder. */
  close(options?: { readonly keepSandboxes: boolean }): Promise<void>;
}

export async function startLocalE2b(options: LocalE2bOptions): Promise<LocalE2b> {
  const user = sandboxUser();
  const state = await openStateFolder(options.stateDir, user);
  const release = await claimFolder(state.root);
  try {
    const npm = await findNpm();
    const npmBind = npm === undefined || npm.folder === npm.inside ? {} : { [npm.folder]: npm.inside };
    const wanted = { ...options.bindReadOnly, ...npmBind };
    const binds = await reachableBinds({ wanted, user, copiesFolder: state.copies });
    const runtime = await prepareRuntime(state.runtimes, npm);
    const forwards = options.forwards ?? {};
    const markPrefix = markPrefixOf(state.root);
    const fleet = await openFleet({ state, user, runtime, binds, forwards, resolve: resolveByHost, markPrefix });
    // A sandbox taken over may still have an older copy bound.
    if (fleet.all().length === 0) await removeOldCopies(state.copies, Object.keys(binds));
    return await serve(fleet, options, release);
  } catch (cause) {
    await release();
    throw cause;
  }
}

async function serve(fleet: Fleet, options: LocalE2bOptions, release: () => Promise<void>): Promise<LocalE2b> {
  const calls = createCallLog();
  const listening = await listenLocal(async (req, res, url) => {
    calls.follow(req.method ?? "GET", url.pathname, res);
    try {
      if (isForEnvd(url)) await answerEnvd(fleet, { req, res, url });
      else await answerControl(fleet, options.apiKey, { req, res, url });
    } catch (cause) {
      sendProblem(res, cause instanceof ApiProblem ? cause : new ApiProblem(500, String(cause)));
    }
  }, options.port);
  // Uploads and streams last as long as they last; idle clients keep their connection between calls.
  Object.assign(listening.server, { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 65_000 });
  return {
    url: listening.url,
    port: listening.port,
    calls: calls.list,
    listSandboxes: () =>
      fleet.all().map(({ record }) => ({
        id: record.id,
        state: record.phase.name === "paused" ? "paused" : "running",
        metadata: record.metadata,
        startedAtMs: record.startedAtMs,
        endAtMs: record.endAtMs,
      })),
    egress: (sandboxId) => fleet.egress(sandboxId),
    async close(how = { keepSandboxes: false }) {
      await fleet.close(how);
      await listening.close();
      await release();
    },
  };
}
