// Changes as the code host hands them to a check.
import type { ChangedFile } from "../../src/core/change.ts";

export interface Checked {
  readonly files: readonly ChangedFile[];
  readonly diff: string;
}

export function fileOf(path: string, added: number | null): ChangedFile {
  const ids = { oldId: "0".repeat(40), newId: "1".repeat(40) };
  return { path, status: "added", oldMode: "000000", newMode: "100644", ...ids, added, removed: 0, bytes: 1 };
}

/** A change that adds new files with these contents. */
export function adding(contents: Readonly<Record<string, string>>): Checked {
  const parts = Object.entries(contents).map(([path, content]) => {
    const lines = content.split("\n");
    const body = lines.map((line) => `+${line}\n`).join("");
    return {
      file: fileOf(path, lines.length),
      diff: `diff --git a/${path} b/${path}\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,${lines.length} @@\n${body}`,
    };
  });
  return { files: parts.map(({ file }) => file), diff: parts.map(({ diff }) => diff).join("") };
}
