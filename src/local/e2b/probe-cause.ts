// Pure: from how a sealed start failed, and what the kernel says of itself, to a cause and its cure.
export type ProbeResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly cause: "no-bwrap" | "no-user-namespaces" | "other";
      readonly message: string;
      readonly fix: string;
    };

export type StartFailure =
  | { readonly kind: "not-linux" }
  | { readonly kind: "no-bwrap" }
  | { readonly kind: "silent" }
  | { readonly kind: "failed"; readonly stderr: string };

export interface HostFacts {
  readonly sysctls: Readonly<Record<string, string>>;
  readonly isContainer: boolean;
  readonly hasSeccomp: boolean;
}

const OR_CLOUD = "Or set E2B_API_KEY to use E2B's sandboxes instead.";
const NAMESPACE_REFUSED =
  /namespace|uid map|gid map|loopback|Operation not permitted|Permission denied|No space left on device|RTM_NEWADDR/i;

export function explainFailure(failure: StartFailure, facts: HostFacts): ProbeResult {
  switch (failure.kind) {
    case "not-linux":
      return refuse("other", "Local sandboxes need Linux; this system is not.", "Run this in a Linux machine or VM.");
    case "no-bwrap":
      return refuse(
        "no-bwrap",
        "bubblewrap, which seals local sandboxes, is not installed.",
        "Install it: apt-get install bubblewrap (Debian, Ubuntu), dnf install bubblewrap (Fedora).",
      );
    case "silent":
      return refuse("other", "bubblewrap did not finish in time.", "Try: bwrap --unshare-all --ro-bind / / true");
    case "failed":
      return explainRefusal(failure.stderr.trim(), facts);
    default:
      return failure satisfies never;
  }
}

function explainRefusal(stderr: string, facts: HostFacts): ProbeResult {
  const said = stderr.split("\n").at(-1) ?? "";
  if (/unknown option/i.test(stderr))
    return refuse(
      "other",
      `bubblewrap is too old: ${said}`,
      "Install bubblewrap 0.8 or newer: apt-get install bubblewrap.",
    );
  // Containers hide parts of /proc, and the kernel then lets no one mount a fresh one below them.
  if (/mount proc|proc on/i.test(stderr))
    return refuse("other", `A sandbox cannot have its own /proc here: ${said}`, procFix(facts));
  if (!NAMESPACE_REFUSED.test(stderr))
    return refuse("other", `bubblewrap failed: ${said}`, "Try: bwrap --unshare-all --ro-bind / / true");
  return refuse(
    "no-user-namespaces",
    `This system does not let bubblewrap make a user namespace: ${said}`,
    userNamespaceFix(facts),
  );
}

function userNamespaceFix({ sysctls, isContainer, hasSeccomp }: HostFacts): string {
  if (sysctls["kernel.unprivileged_userns_clone"] === "0")
    return "Allow it: sysctl -w kernel.unprivileged_userns_clone=1";
  if (sysctls["user.max_user_namespaces"] === "0") return "Allow it: sysctl -w user.max_user_namespaces=15000";
  if (sysctls["kernel.apparmor_restrict_unprivileged_userns"] === "1")
    return "Ubuntu's AppArmor restricts it: give /usr/bin/bwrap a profile with 'userns,' in /etc/apparmor.d, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  if (isContainer || hasSeccomp)
    return "This container's seccomp profile forbids it: start the container with --security-opt seccomp=unconfined (Docker, Podman), or with a profile that allows clone and unshare with new user namespaces.";
  return "Allow unprivileged user namespaces on this system (kernel option CONFIG_USER_NS, sysctl user.max_user_namespaces).";
}

function procFix({ isContainer }: HostFacts): string {
  return isContainer
    ? "Start the container with --security-opt systempaths=unconfined (Docker), or --security-opt unmask=ALL (Podman)."
    : "Mount /proc without anything hidden on top of it.";
}

function refuse(cause: "no-bwrap" | "no-user-namespaces" | "other", message: string, fix: string): ProbeResult {
  return { ok: false, cause, message, fix: `${fix} ${OR_CLOUD}` };
}
