// Open pull requests that name a key of the tracker: who works on an issue, whoever opened them.
import { z } from "zod";
import { namesKey } from "../core/issue.ts";
import type { NamedPullRequest } from "../ports.ts";
import { callHost, type Client } from "./host-call.ts";
import { placeOf } from "./pulls.ts";

const pullsSchema = z.array(
  z.object({
    number: z.number().int(),
    html_url: z.string(),
    title: z.string(),
    body: z.string().nullish(),
    head: z.object({ ref: z.string() }),
  }),
);

const PAGE = 100;
/** The newest are looked at: an old one that somebody still works on was updated lately. */
const PAGES = 3;
const SHOWN = 5;

export async function listNaming(client: Client, fullName: string, key: string): Promise<readonly NamedPullRequest[]> {
  const found: NamedPullRequest[] = [];
  for (let page = 1; page <= PAGES && found.length < SHOWN; page += 1) {
    const listed = await callHost(client, {
      schema: pullsSchema,
      tries: "repeat",
      send: (octokit) =>
        octokit.rest.pulls.list({
          ...placeOf(fullName),
          state: "open",
          sort: "updated",
          direction: "desc",
          per_page: PAGE,
          page,
        }),
    });
    if (!listed.ok) throw new Error(`pull requests of ${fullName} cannot be listed: ${listed.problem.detail}`);
    for (const { number, title, html_url: url, body, head } of listed.value) {
      if ([head.ref, title, body ?? ""].some((text) => namesKey(text, key))) found.push({ number, title, url });
    }
    if (listed.value.length < PAGE) break;
  }
  return found.slice(0, SHOWN);
}
