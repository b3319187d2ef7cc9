import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { explainFailure, type HostFacts, type StartFailure } from "../../../src/local/e2b/probe-cause.ts";
import { describeSandboxed } from "./support.ts";

const plain: HostFacts = { sysctls: { "user.max_user_namespaces": "9000" }, isContainer: false, hasSeccomp: false };
const failed = (stderr: string): StartFailure => ({ kind: "failed", stderr });
const noNamespace = failed(
  "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces.",
);

describe("why sandboxes cannot be sealed here", () => {
  it.each<[string, StartFailure, Partial<HostFacts>, string, RegExp]>([
    ["no Linux", { kind: "not-linux" }, {}, "other", /Linux/],
    ["the package is missing", { kind: "no-bwrap" }, {}, "no-bwrap", /apt-get install bubblewrap/],
    ["too old", failed("bwrap: Unknown option --disable-userns"), {}, "other", /0\.8 or newer/],
    ["silent", { kind: "silent" }, {}, "other", /bwrap --unshare-all/],
    [
      "Debian's switch",
      noNamespace,
      { sysctls: { "kernel.unprivileged_userns_clone": "0" } },
      "no-user-namespaces",
      /userns_clone=1/,
    ],
    [
      "a limit of none",
      noNamespace,
      { sysctls: { "user.max_user_namespaces": "0" } },
      "no-user-namespaces",
      /max_user_namespaces=/,
    ],
    [
      "Ubuntu's AppArmor",
      failed("bwrap: setting up uid map: Permission denied"),
      { sysctls: { "kernel.apparmor_restrict_unprivileged_userns": "1" } },
      "no-user-namespaces",
      /apparmor/i,
    ],
    [
      "loopback refused",
      failed("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted"),
      { isContainer: true },
      "no-user-namespaces",
      /seccomp=unconfined/,
    ],
    [
      "a container's seccomp",
      failed("bwrap: Creating new namespace failed: Operation not permitted"),
      { isContainer: true, hasSeccomp: true },
      "no-user-namespaces",
      /seccomp/,
    ],
    [
      "a container's masked /proc",
      failed("bwrap: Can't mount proc on /newroot/proc: Operation not permitted"),
      { isContainer: true },
      "other",
      /systempaths=unconfined/,
    ],
    [
      "something else",
      failed("bwrap: Can't find source path /usr: No such file or directory"),
      {},
      "other",
      /bwrap --unshare-all/,
    ],
  ])("%s", (_says, failure, facts, cause, fix) => {
    const result = explainFailure(failure, { ...plain, ...facts });
    expect(result).toMatchObject({ ok: false, cause, fix: expect.stringMatching(fix) });
    expect(result).toMatchObject({ fix: expect.stringContaining("E2B_API_KEY") });
  });
});

describeSandboxed("trying it for real", () => {
  it("where namespaces are forbidden, it says so and what to do", () => {
    const probe = new URL("../../../src/local/e2b/probe.ts", import.meta.url).pathname;
    const script = `import(${JSON.stringify(probe)}).then((m) => m.probeSandboxHost()).then((r) => console.log(JSON.stringify(r)))`;
    const sealed = [
      "--unshare-user",
      "--uid",
      "1000",
      "--gid",
      "1000",
      "--disable-userns",
      "--dev-bind",
      "/",
      "/",
      "--proc",
      "/proc",
    ];
    const output = execFileSync("bwrap", [...sealed, process.execPath, "-e", script], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const result: unknown = JSON.parse(output);
    expect(result).toMatchObject({
      ok: false,
      cause: "no-user-namespaces",
      fix: expect.stringContaining("E2B_API_KEY"),
    });
  });
});
