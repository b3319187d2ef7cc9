// Pull request text as HTML: no markup of the author's own, except comments (hidden) and folds, as GitHub shows them.
import markdownIt, { type MarkdownIt, type StateCore } from "markdown-it";
import { escapeHtml } from "../http.ts";

const SAFE_LINK = /^(?:https?:\/\/|mailto:|#|\/(?!\/))/i;
const FOLD_LINE = /^<(\/?)(details)( open)?>$|^<summary>([^<>]*)<\/summary>$/;
const COMMENT_START = "<!--";

function makeRenderer(): MarkdownIt {
  const md = markdownIt({ html: false, linkify: true, breaks: true });
  md.validateLink = (url) => SAFE_LINK.test(url);
  // Pictures of other hosts are not loaded, so a picture is a link to itself.
  md.renderer.rules["image"] = (tokens, at) => {
    const token = tokens[at];
    const source = String(token?.attrGet("src") ?? "");
    return `<a href="${escapeHtml(source)}" rel="nofollow noreferrer">${escapeHtml(token?.content ?? source)}</a>`;
  };
  md.core.ruler.push("attributes", settleAttributes);
  addComments(md);
  addFolds(md);
  return md;
}

function settleAttributes(state: StateCore): void {
  for (const token of state.tokens.flatMap((one) => [one, ...(one.children ?? [])])) {
    if (token.type === "link_open") token.attrSet("rel", "nofollow noreferrer");
    // Column alignment comes as a style attribute, which the page's policy refuses.
    if (token.type === "th_open" || token.type === "td_open") token.attrs = null;
  }
}

function addComments(md: MarkdownIt): void {
  md.block.ruler.before(
    "paragraph",
    "comment",
    // oxlint-disable-next-line max-params -- the parser calls its rules with four arguments
    (state, startLine, endLine, silent) => {
      const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
      if (!state.src.startsWith(COMMENT_START, start)) return false;
      const end = state.src.indexOf("-->", start);
      if (end === -1) return false;
      let line = startLine;
      while (line < endLine && (state.eMarks[line] ?? 0) < end + 3) line += 1;
      // Words after the comment stay visible: the paragraph rules see the whole line then.
      if (state.src.slice(end + 3, state.eMarks[line]).trim() !== "") return false;
      if (!silent) state.line = line + 1;
      return true;
    },
    { alt: ["paragraph", "blockquote", "list"] },
  );
  md.inline.ruler.before("text", "comment", (state) => {
    if (!state.src.startsWith(COMMENT_START, state.pos)) return false;
    const end = state.src.indexOf("-->", state.pos);
    if (end === -1) return false;
    state.pos = end + 3;
    return true;
  });
}

function addFolds(md: MarkdownIt): void {
  md.block.ruler.before(
    "paragraph",
    "fold",
    // oxlint-disable-next-line max-params -- the parser calls its rules with four arguments
    (state, startLine, _endLine, silent) => {
      const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
      const line = state.src.slice(start, state.eMarks[startLine]).trim();
      const found = FOLD_LINE.exec(line);
      if (found === null) return false;
      if (silent) return true;
      const [, close = "", tag, open = "", summary = ""] = found;
      const token = state.push("fold", "", 0);
      token.content =
        tag === undefined
          ? `<summary>${escapeHtml(summary)}</summary>`
          : close === ""
            ? `<details class="fold"${open}>`
            : "</details>";
      state.line = startLine + 1;
      return true;
    },
    { alt: ["paragraph", "blockquote", "list"] },
  );
  md.renderer.rules["fold"] = (tokens, at) => tokens[at]?.content ?? "";
}

const renderer = makeRenderer();

/** Folds that are never closed, or closed twice, would tear the page: then the text is shown as it is written. */
export function renderMarkdown(text: string): string {
  const html = renderer.render(text);
  return isBalanced(html) ? html : `<pre class="code">${escapeHtml(text)}</pre>`;
}

function isBalanced(html: string): boolean {
  let depth = 0;
  for (const [tag] of html.matchAll(/<details[^>]*>|<\/details>|<summary>/g)) {
    if (tag === "<summary>") {
      if (depth === 0) return false;
    } else depth += tag === "</details>" ? -1 : 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
