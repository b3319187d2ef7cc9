// The repository in a sandbox: the base commit laid from its pack, and a sealed tree laid over it.
import { denies } from "../core/glob.ts";
import type { BasePack, SandboxSession } from "../ports.ts";
import { endLeftCommands } from "./command.ts";
import { upload, uploadText } from "./files.ts";
import type { Link } from "./link.ts";
import { CONTROL_DIR, REPOSITORY_DIR } from "./places.ts";
import { plumb, plumbOrThrow, quote } from "./shell.ts";

/** Work tree and objects are the same bytes: no filter, no line-end or encoding conversion, whatever the tree asks for. */
export const RAW_ATTRIBUTES = "* -text -ident -filter -working-tree-encoding";
export const SAFE_GIT =
  "git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.untrackedCache=false -c gc.auto=0";

const BASE_NOTE = `${CONTROL_DIR}/base`;

export async function layBase(link: Link, base: BasePack): Promise<void> {
  await endLeftCommands(link);
  if (await isLaid(link, base.commit)) return;
  const pack = `${CONTROL_DIR}/base.pack`;
  await upload(link, pack, base.pack);
  await uploadText(link, `${CONTROL_DIR}/base.shallow`, base.shallow.map((commit) => `${commit}\n`).join(""));
  await plumbOrThrow(
    link,
    "laying the base",
    `chmod -R u+rwX ${REPOSITORY_DIR} 2>/dev/null
set -e
rm -rf ${REPOSITORY_DIR} ${BASE_NOTE}
git init -q --template= -b work ${REPOSITORY_DIR}
cd ${REPOSITORY_DIR}
mkdir -p .git/info
echo ${quote(RAW_ATTRIBUTES)} >.git/info/attributes
git config user.name 'Countersign agent'
git config user.email agent@countersign.invalid
[ ! -s ${CONTROL_DIR}/base.shallow ] || cp ${CONTROL_DIR}/base.shallow .git/shallow
git index-pack --stdin <${pack} >/dev/null
git update-ref refs/heads/work ${quote(base.commit)}
git read-tree --reset -u ${quote(base.commit)}
rm -f ${pack} ${CONTROL_DIR}/base.shallow
echo ${quote(base.commit)} >${BASE_NOTE}`,
  );
}

async function isLaid(link: Link, commit: string): Promise<boolean> {
  const { exitCode } = await plumb(
    link,
    `[ "$(head -c 100 ${BASE_NOTE} 2>/dev/null)" = ${quote(commit)} ] &&
[ "$(git -C ${REPOSITORY_DIR} rev-parse -q --verify HEAD)" = ${quote(commit)} ]`,
  );
  return exitCode === 0;
}

type LaidChange = Parameters<SandboxSession["layChange"]>[0];

/** Untracked files (what setup installed) stay; tracked ones become exactly the sealed tree, less what is kept. */
export async function layChange(link: Link, change: LaidChange): Promise<void> {
  const pack = `${CONTROL_DIR}/change.pack`;
  await upload(link, pack, change.pack);
  // A change that only removes may bring no object at all; what is missing shows when its tree is read.
  await plumbOrThrow(
    link,
    "taking in the change",
    `cd ${REPOSITORY_DIR} || exit 1
${SAFE_GIT} index-pack --stdin <${pack} >/dev/null 2>&1
rm -f ${pack}
${SAFE_GIT} cat-file -e ${quote(`${change.tree}^{tree}`)}`,
  );
  const tree = change.keepFromBase.length === 0 ? change.tree : await keepFromBase(link, change);
  await plumbOrThrow(
    link,
    "laying the change",
    `cd ${REPOSITORY_DIR} && ${SAFE_GIT} read-tree --reset -u ${quote(tree)}`,
  );
}

/** The sealed tree with every path that matches put back to what the base has there; answers the mixed tree's id. */
async function keepFromBase(link: Link, change: LaidChange): Promise<string> {
  const raw = await plumbOrThrow(
    link,
    "comparing with the base",
    `cd ${REPOSITORY_DIR} && ${SAFE_GIT} diff-tree -r -z --raw --no-renames --full-index HEAD^{tree} ${quote(change.tree)}`,
  );
  const kept = parseRaw(raw).filter(({ path }) => change.keepFromBase.some((pattern) => denies(pattern, path)));
  if (kept.length === 0) return change.tree;
  // Removals first: a file of the base may stand where the change has a folder.
  const ordered = [...kept.filter((each) => each.isNew), ...kept.filter((each) => !each.isNew)];
  const info = `${CONTROL_DIR}/index-info`;
  await uploadText(link, info, ordered.map(({ mode, id, path }) => `${mode} ${id}\t${path}\0`).join(""));
  const mixed = await plumbOrThrow(
    link,
    "keeping files of the base",
    `set -e
cd ${REPOSITORY_DIR}
GIT_INDEX_FILE=$(mktemp -u .git/index.XXXXXX)
export GIT_INDEX_FILE
${SAFE_GIT} read-tree ${quote(change.tree)}
${SAFE_GIT} update-index -z --index-info <${info}
${SAFE_GIT} write-tree
rm -f "$GIT_INDEX_FILE" ${info}`,
  );
  return mixed.trim();
}

interface RawChange {
  readonly mode: string;
  readonly id: string;
  readonly path: string;
  readonly isNew: boolean;
}

function parseRaw(raw: string): readonly RawChange[] {
  const parts = raw.split("\0");
  const changes: RawChange[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [oldMode, , oldId] = (parts[at] ?? "").slice(1).split(" ");
    const path = parts[at + 1];
    if (oldMode === undefined || oldId === undefined || path === undefined) continue;
    const isNew = oldMode === "000000";
    changes.push({ mode: isNew ? "0" : oldMode, id: oldId, path, isNew });
  }
  return changes;
}
