// The work tree becomes one commit on the base, made with a git folder of our own: the agent's is not looked at.
import { randomUUID } from "node:crypto";
import { bad, good, type Outcome } from "../core/problem.ts";
import { clip, cleanText } from "../core/text.ts";
import type { BasePack } from "../ports.ts";
import { RAW_ATTRIBUTES, SAFE_GIT } from "./base.ts";
import { download, upload, uploadText } from "./files.ts";
import type { Link } from "./link.ts";
import { REPOSITORY_DIR } from "./places.ts";
import { plumb, quote } from "./shell.ts";

type FreezeProblem = { readonly kind: "too-big" | "failed"; readonly detail: string };

const FREEZE_MS = 5 * 60_000;
/** How much larger than the base a work tree may be before it is even read: a sparse file costs its maker nothing. */
const GROWTH_BYTES = 512 * 1024 * 1024;
const SAME_CODE = 70;
const TOO_BIG_CODE = 71;
const NO_FOLDER_CODE = 72;

export async function freeze(
  link: Link,
  base: BasePack,
  maxBytes: number,
): Promise<Outcome<Uint8Array | undefined, FreezeProblem>> {
  // A name nobody in the sandbox could prepare a trap under.
  const work = `/tmp/countersign-${randomUUID()}`;
  try {
    await upload(link, `${work}/base.pack`, base.pack);
    await uploadText(link, `${work}/shallow`, base.shallow.map((commit) => `${commit}\n`).join(""));
    const made = await plumb(link, freezeScript(base, work), { timeMs: FREEZE_MS });
    if (made.exitCode === SAME_CODE) return good(undefined);
    if (made.exitCode === TOO_BIG_CODE)
      return bad({ kind: "too-big", detail: "the work tree grew by more than 512 MB" });
    if (made.exitCode === NO_FOLDER_CODE) return bad({ kind: "failed", detail: "the repository folder is gone" });
    if (made.exitCode !== 0) return bad({ kind: "failed", detail: wordFailure(made.stderr) });
    const bundle = await download(link, `${work}/result.bundle`, maxBytes);
    return bundle === undefined ? bad({ kind: "too-big", detail: `more than ${maxBytes} bytes` }) : good(bundle);
  } finally {
    await plumb(link, `rm -rf ${quote(work)}`).catch((cause: unknown) => {
      link.log.warn({ sandbox: link.id, cause: String(cause) }, "the freezing folder was left behind");
    });
  }
}

function freezeScript(base: BasePack, work: string): string {
  const commit = quote(base.commit);
  return `set -e
[ -d ${REPOSITORY_DIR} ] && [ ! -L ${REPOSITORY_DIR} ] || exit ${NO_FOLDER_CODE}
exec 3>&2 2>${work}/errors
trap 'code=$?; [ $code -ge 70 ] && [ $code -le 72 ] || [ $code -eq 0 ] || tail -c 1500 ${work}/errors >&3' EXIT
git init -q --bare --template= ${work}/git
mkdir -p ${work}/git/info
echo ${quote(RAW_ATTRIBUTES)} >${work}/git/info/attributes
[ ! -s ${work}/shallow ] || cp ${work}/shallow ${work}/git/shallow
export GIT_DIR=${work}/git GIT_WORK_TREE=${REPOSITORY_DIR} GIT_CEILING_DIRECTORIES=/home
git config core.bare false
git config core.bigFileThreshold 16m
git config pack.threads 1
git config pack.windowMemory 64m
git index-pack --stdin <${work}/base.pack >/dev/null
git read-tree ${commit}
cd ${REPOSITORY_DIR}
find . -xdev \\( -type d ! -perm -500 -exec chmod u+rx {} \\; -o -type f ! -perm -400 -exec chmod u+r {} + \\) || true
before=$(git ls-tree -r -l ${commit} | awk '$4 ~ /^[0-9]+$/ { sum += $4 } END { printf "%d", sum }')
now=$(${SAFE_GIT} ls-files -z -c -o --exclude-standard | xargs -0 -r stat -c %s -- 2>/dev/null | awk '{ sum += $1 } END { printf "%d", sum }') || true
[ $((now - before)) -le ${GROWTH_BYTES} ] || exit ${TOO_BIG_CODE}
${SAFE_GIT} add -A
tree=$(git write-tree)
[ "$tree" != ${quote(base.tree)} ] || exit ${SAME_CODE}
commit=$(git commit-tree "$tree" -p ${commit} -m 'Work of the agent')
git update-ref refs/countersign/result "$commit"
git bundle create -q ${work}/result.bundle ${quote(base.commit)}..refs/countersign/result`;
}

function wordFailure(stderr: string): string {
  const said = cleanText(stderr)
    .split("\n")
    .filter((line) => /^(?:error|fatal):/.test(line))
    .join(" ");
  return clip(said === "" ? cleanText(stderr).trim() || "it took too long" : said, 400);
}
