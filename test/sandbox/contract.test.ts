import { describe } from "vitest";
import { describeSandboxes } from "../contracts/sandbox.ts";
import { makeRepository, openBench, reasonToSkip } from "./bench.ts";

const skip = await reasonToSkip();

describe.skipIf(skip !== undefined)("E2B's sandboxes through the real SDK", () => {
  describeSandboxes(async () => {
    const { sandboxes, folder, close } = await openBench();
    const repository = makeRepository(folder, { "README.md": "hi\n" });
    repository.write({ "src/a.txt": "a\n" });
    repository.commit("second");
    repository.write({ "README.md": "hello\n", "test/t.txt": "t\n" });
    const commit = repository.commit("third");
    const base = repository.pack(commit);
    repository.write({
      "README.md": "changed\n",
      "test/t.txt": "changed\n",
      "src/new.txt": "new\n",
      "test/new.txt": "new\n",
    });
    repository.git("rm", "-q", "src/a.txt");
    const tree = repository.git("rev-parse", `${repository.commit("change")}^{tree}`);
    return {
      sandboxes,
      base,
      shallowBase: repository.pack(commit, 1),
      change: { tree, pack: repository.packTree(tree, commit) },
      read(bundle) {
        const taken = repository.take(bundle);
        if (taken.parents !== commit) throw new Error(`its parents are ${taken.parents}`);
        return Object.fromEntries(repository.list(taken.tree).map((path) => [path, repository.show(taken.tree, path)]));
      },
      close,
    };
  });
});
