import { expect, test } from "vitest";
import { renderMarkdown } from "../../../src/local/github/markdown.ts";

test.each<[string, string, string]>([
  ["tables", "| a | b |\n| --- | :-: |\n| 1 | 2 |", "<td>2</td>"],
  ["line ends as breaks", "one\ntwo", "<p>one<br>\ntwo</p>"],
  [
    "links without a referrer",
    "[x](https://example.com)",
    '<a href="https://example.com" rel="nofollow noreferrer">x</a>',
  ],
  [
    "a picture as a link",
    "![chart](https://example.com/c.png)",
    '<a href="https://example.com/c.png" rel="nofollow noreferrer">chart</a>',
  ],
  [
    "folds",
    "<details>\n<summary>More</summary>\n\ninside\n\n</details>",
    '<details class="fold"><summary>More</summary><p>inside</p>\n</details>',
  ],
])("shows %s", (_says, text, html) => {
  expect(renderMarkdown(text)).toContain(html);
});

test.each<[string, string]>([
  ["a comment on its own", "before\n\n<!-- run:7KQ2 -->\n\nafter"],
  ["a comment over several lines", "before\n\n<!-- run:7KQ2\nmore -->\n\nafter"],
  ["a comment within a line", "before <!-- run:7KQ2 --> after"],
])("hides %s and nothing else", (_says, text) => {
  const html = renderMarkdown(text);
  expect(html).not.toContain("7KQ2");
  expect(html).toMatch(/before[\s\S]*after/);
});

test.each<[string, string]>([
  ["a script", "<script>alert(1)</script>"],
  ["an element with a handler", "<img src=x onerror=alert(1)>"],
  ["a handler on a fold", "<details ontoggle=alert(1) open>\n\n</details>"],
  ["markup in a summary", "<details>\n<summary><img src=x onerror=alert(1)></summary>\n</details>"],
  ["a script link", "[x](javascript:alert(1))"],
  ["a data link", "[x](data:text/html,<script>alert(1)</script>)"],
  ["a link to another host without its scheme", "[x](//evil.example)"],
  ["a picture of a script link", "![x](javascript:alert(1))"],
  ["quotes in a link's title", '[x](https://example.com "\\" onmouseover=alert(1)")'],
  ["a comment that is never closed", "<!-- <script>alert(1)</script>"],
  ["a comment that ends early", "<!-- a --><script>alert(1)</script>"],
])("%s stays text", (_says, text) => {
  for (const [tag] of renderMarkdown(text).matchAll(/<[^<>]*>/g)) expect(tag).toMatch(HARMLESS);
});

const HARMLESS =
  /^<\/?(?:p|pre class="code"|pre|details|details class="fold"|summary|a href="https:\/\/[^"]*"(?: title="[^"]*")? rel="nofollow noreferrer"|a)>$/;

test.each(["<details>\n\nnever closed", "</details>\n\ntext", "<summary>alone</summary>"])(
  "a torn fold shows the text as written: %s",
  (text) => {
    expect(renderMarkdown(text)).toMatch(/^<pre class="code">&lt;/);
  },
);
