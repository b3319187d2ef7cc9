// The pages behind a real HTTP server on loopback, over a store that holds the given runs.
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import type { Log, RunSummary } from "../../src/ports.ts";
import { createPages, type PagesOptions } from "../../src/web/pages.ts";
import { at, sha256 } from "./record.ts";
import type { SceneData } from "./scene-parts.ts";

export const LOOK_DIR = fileURLToPath(new URL("../../src/web/look", import.meta.url));

export const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export function storeOf(scenes: readonly SceneData[], runs: readonly RunSummary[] = []): PagesOptions["store"] {
  const known = new Map(scenes.map((scene) => [scene.view.run.id, scene]));
  return {
    loadView: async (id) => known.get(id)?.view,
    listEvents: async (id) => known.get(id)?.events ?? [],
    listRuns: async ({ beforeId, limit }) => {
      const from = beforeId === undefined ? 0 : runs.findIndex((each) => each.id === beforeId) + 1;
      return runs.slice(from, from + limit);
    },
  };
}

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

export async function servePages(store: PagesOptions["store"], parts: Partial<PagesOptions> = {}): Promise<Served> {
  const pages = createPages({
    store,
    lookDir: LOOK_DIR,
    sha256,
    log: quiet,
    timeZone: "UTC",
    nowMs: () => at(1000),
    ...parts,
  });
  const server = createServer((req, res) => {
    void pages(req, res, new URL(req.url ?? "/", "http://127.0.0.1")).then((mine) => {
      if (!mine) res.writeHead(418).end("not mine");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
