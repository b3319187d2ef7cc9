// GitHub: the app's key tried, its permissions, and whether it is installed on every repository of the policy.
import { App, Octokit } from "octokit";
import type { Config } from "../../src/config.ts";
import type { Policy } from "../../src/core/policy.ts";
import { bad, firstLine, off, ok, type Finding } from "./finding.ts";

const WANTED_PERMISSIONS = { contents: "write", pull_requests: "write", checks: "write", metadata: "read" } as const;
const PERMISSIONS_FIX = "change it on the app's page under Permissions, then accept it where the app is installed";

export async function checkGithub(config: Config, policy: Policy | undefined): Promise<readonly Finding[]> {
  const { github } = config;
  if (github === undefined) {
    return [
      bad("github", "GITHUB_APP_ID and GITHUB_PRIVATE_KEY are not set", "make a GitHub App; README, Connect GitHub"),
    ];
  }
  const quiet = { throttle: { enabled: false }, retry: { enabled: false } };
  const Client = Octokit.defaults({ baseUrl: github.apiUrl, ...quiet });
  const app = new App({ appId: github.appId, privateKey: github.privateKey, Octokit: Client });
  try {
    const { data } = await app.octokit.rest.apps.getAuthenticated();
    const permissions = judgePermissions(data?.permissions ?? {});
    return [
      ok("github", `app ${data?.slug ?? github.appId}`),
      ...permissions,
      ...(await checkRepositories(app, policy)),
      ...judgeWebhook(config),
    ];
  } catch (cause) {
    const fix = "GITHUB_APP_ID and GITHUB_PRIVATE_KEY must be of the same app; make a new key on the app's page";
    return [bad("github", firstLine(cause), fix)];
  }
}

function judgePermissions(granted: Readonly<Record<string, string | undefined>>): readonly Finding[] {
  return Object.entries(WANTED_PERMISSIONS).flatMap(([name, level]) => {
    const has = granted[name];
    if (has === level || (level === "read" && has === "write")) return [];
    return [bad("github", `permission ${name}: ${level} is missing (has ${has ?? "none"})`, PERMISSIONS_FIX)];
  });
}

async function checkRepositories(app: App, policy: Policy | undefined): Promise<readonly Finding[]> {
  const names = new Set(
    (policy?.teams ?? []).flatMap((team) => team.repositories.map((repository) => repository.repo)),
  );
  const findings: Finding[] = [];
  for (const name of names) {
    const [owner = "", repo = ""] = name.split("/");
    const found = await app.octokit.rest.apps.getRepoInstallation({ owner, repo }).then(
      () => true,
      () => false,
    );
    const says = `${name} is in the policy, but the app is not installed there`;
    findings.push(
      found ? ok("github", `${name} is reachable`) : bad("github", says, "install it: the app's page, Install App"),
    );
  }
  return findings;
}

function judgeWebhook({ github, publicUrl }: Config): readonly Finding[] {
  if (github?.webhookSecret === undefined) {
    return [off("github", "GITHUB_WEBHOOK_SECRET is not set: pull requests are looked up once a minute only")];
  }
  return publicUrl === undefined
    ? [off("github", "PUBLIC_URL is not set: webhooks arrive only from this machine")]
    : [];
}
