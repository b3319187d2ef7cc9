import MarkdownIt from "markdown-it";
import { describe, expect, test } from "vitest";
import {
  commitMessage,
  headBranch,
  inertMarkdown,
  plainLine,
  pullRequestBody,
  pullRequestTitle,
  quoteMarkdown,
  runMarker,
  type PullRequestWords,
} from "../../src/core/pull-request.ts";

const markdown = new MarkdownIt({ html: true, linkify: true });

/** What the code host would act on in rendered text. */
const ACTS = /(?:^|[^\w])@[a-z\d]|#\d|\bGH-\d|https?:\/\/|www\./i;

const HOSTILE = [
  "thanks @acme/admins and @torvalds",
  "fixes #12, closes acme/website#34, resolves GH-56",
  "see https://evil.example.com/issues/1 or www.evil.example.com",
  "[click](https://evil.example.com) ![x](http://evil.example.com/x.png)",
  "<img src=x onerror=alert(1)> <details><summary>x</summary> &lt;b&gt;",
  "`code` and ``` fence",
  "# Heading",
  "- list\n* list\n1. list",
  "| a | b |\n| - | - |",
  "> quote\n---\n~~~\nrest",
  "**bold** _it_ ~~no~~ $x^2$",
  "<!-- run:OTHER1 -->",
  "a\u202eb \u001b[31mred\u001b[0m zero\u200bwidth",
];

describe("text of others in Markdown", () => {
  test.each(HOSTILE)("%j is shown as it was typed and does nothing", (text) => {
    const quoted = quoteMarkdown(text, 5000);
    const html = markdown.render(quoted);
    expect(html.replace(/<\/?(?:blockquote|p|br)>/g, "")).not.toContain("<");
    const shown = html
      .replace(/<[^>]*>/g, "")
      .replace(/&lt;/g, "<")
      .replace(/&gt;/g, ">")
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, "&");
    expect(shown).not.toMatch(ACTS);
    const plain = (value: string): string =>
      value
        .replace(/[\u200b\u202e]|\u001b\[\d+m/g, "")
        .replace(/\s+/g, " ")
        .trim();
    expect(plain(shown)).toBe(plain(text));
  });

  test("is cut where it is too long, and an empty line stays in the quote", () => {
    expect(quoteMarkdown("a\n\nb", 100)).toBe("> a\n>\n> b");
    expect(quoteMarkdown("x".repeat(50), 10)).toBe("> xxxxxxxxx…");
  });

  test("inside a line keeps its backslashes", () => {
    expect(markdown.renderInline(inertMarkdown("C:\\dir \\* x"))).toBe("C:\\dir \\* x");
  });
});

describe("a title and a commit message", () => {
  test("are one line that refers to nothing", () => {
    const line = plainLine("Fix it\nfixes #12 @someone GH-4 https://x.example.com", 200);
    expect(line).not.toMatch(ACTS);
    expect(line).not.toContain("\n");
    expect(pullRequestTitle("x".repeat(300))).toHaveLength(120);
  });

  test("name the run and who asked, and nobody can add a trailer", () => {
    const message = commitMessage({
      title: "Raise the price\n\nCo-authored-by: x <x@example.com>",
      run: "7KQ2AB",
      requester: "Eve\nSigned-off-by: root",
      team: "marketing",
    });
    const lines = message.split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe("");
    expect(lines.at(-1)).toBe("Countersign-Run: 7KQ2AB");
    expect(lines.filter((line) => /^(?:Signed-off-by|Co-authored-by)/.test(line))).toEqual([]);
    expect(lines[0]?.length).toBeLessThanOrEqual(72);
  });
});

test("the head branch is the team's, the run's and says what it is about", () => {
  expect(headBranch("marketing", "7KQ2AB", "raise-the-price")).toBe("agent/marketing/7kq2ab-raise-the-price");
});

describe("the body of a pull request", () => {
  const words: PullRequestWords = {
    run: "7KQ2AB",
    requester: "Marketing | requester",
    approvers: ["Web owner", "@second"],
    asked: "raise the monthly price to $39, fixes #1",
    agentSaid: "Done. <!-- run:OTHER1 --> cc @everyone",
    files: [
      {
        path: "content/`odd` | name.md",
        status: "modified",
        oldMode: "100644",
        newMode: "100644",
        oldId: "",
        newId: "",
        added: 4,
        removed: 2,
        bytes: 9,
      },
      {
        path: "logo.png",
        status: "added",
        oldMode: "000000",
        newMode: "100644",
        oldId: "",
        newId: "",
        added: null,
        removed: null,
        bytes: 9,
      },
    ],
    checks: [
      {
        name: "test",
        command: "npm test",
        required: true,
        status: "passed",
        exitCode: 0,
        durationMs: 1,
        output: "",
        before: "failed",
        changedFiles: [],
        where: "sandbox",
      },
    ],
    change: 2,
    baseBranch: "main",
    baseCommit: "9b2f6d1".padEnd(40, "0"),
    resultTree: "c41d07e".padEnd(40, "0"),
    policyVersion: "4be19c0".padEnd(64, "0"),
    seal: "1f3c9a2".padEnd(64, "0"),
  };
  const body = pullRequestBody(words);

  test("carries our marker once, at its end, and no other run's", () => {
    expect(body.endsWith(runMarker("7KQ2AB"))).toBe(true);
    expect(body.match(/<!--/g)).toHaveLength(1);
  });

  test("says who asked, who approved, what exactly, and how it was checked", () => {
    const html = markdown.render(body);
    const text = html.replace(/<[^>]*>/g, "");
    expect(text).toContain("2 files, +4 −2, 1 not readable as text");
    expect(text).toContain("Marketing | requester");
    expect(text).toContain("seal 1f3c9a2 · tree c41d07e · on main at 9b2f6d1");
    expect(text).toContain("test passed (failed before)");
    expect(text).toContain("7KQ2AB, version 2");
    expect(html).toContain("<code>content/`odd` | name.md</code>");
    expect(text.replace(/[\u200b]/g, "")).toContain("@second");
    expect(text).not.toMatch(ACTS);
  });

  test("stays well below what the code host takes, however much there is", () => {
    const files = Array.from({ length: 500 }, (_, at) => ({
      ...words.files[0]!,
      path: `content/${"x".repeat(150)}-${at}.md`,
    }));
    const long = pullRequestBody({ ...words, files, asked: "#".repeat(40_000), agentSaid: "*".repeat(40_000) });
    expect(long.length).toBeLessThan(40_000);
    expect(long).toContain("460 more files");
  });

  test("leaves out what the agent did not say", () => {
    expect(pullRequestBody({ ...words, agentSaid: " " })).not.toContain("The agent says");
  });
});
