// The elements of a rich_text block.
import { byType, flag, link, list, matching, may, must, oneOf, shape, text, whole } from "./checks.ts";
import type { Check } from "./checks.ts";

const kind = { type: must(text(60)) };
const style = {
  style: may(
    shape({
      bold: may(flag),
      italic: may(flag),
      strike: may(flag),
      underline: may(flag),
      code: may(flag),
      highlight: may(flag),
      client_highlight: may(flag),
      unlink: may(flag),
    }),
  ),
};
const border = { border: may(oneOf(0, 1)) };

const inline: Readonly<Record<string, Check>> = {
  text: shape({ ...kind, ...style, text: must(text(12_000)) }),
  link: shape({ ...kind, ...style, url: must(link(3000)), text: may(text(12_000)), unsafe: may(flag) }),
  user: shape({ ...kind, ...style, user_id: must(text(30)) }),
  usergroup: shape({ ...kind, ...style, usergroup_id: must(text(30)) }),
  team: shape({ ...kind, ...style, team_id: must(text(30)) }),
  channel: shape({ ...kind, ...style, channel_id: must(text(30)) }),
  broadcast: shape({ ...kind, ...style, range: must(oneOf("here", "channel", "everyone")) }),
  emoji: shape({ ...kind, ...style, name: must(text(255)), unicode: may(text(255)), url: may(link(3000)) }),
  color: shape({ ...kind, ...style, value: must(matching(/^#[0-9a-f]{6}$/i, "a colour like #10211f")) }),
  date: shape({
    ...kind,
    ...style,
    timestamp: must(whole(0, 9_999_999_999)),
    format: must(text(255)),
    url: may(link(3000)),
    fallback: may(text(255)),
  }),
};

const items = { min: 0, max: 1000 };
const section = shape({ ...kind, elements: must(list(byType(inline), items)) });
const { text: plainText, link: plainLink } = inline;

export const richTextElements: Check = byType({
  rich_text_section: section,
  rich_text_quote: shape({ ...kind, ...border, elements: must(list(byType(inline), items)) }),
  rich_text_preformatted: shape({
    ...kind,
    ...border,
    language: may(text(60)),
    elements: must(list(byType(preformatted()), items)),
  }),
  rich_text_list: shape({
    ...kind,
    ...border,
    style: must(oneOf("bullet", "ordered")),
    indent: may(whole(0, 8)),
    offset: may(whole(0, 10_000)),
    elements: must(list(byType({ rich_text_section: section }), items)),
  }),
});

function preformatted(): Readonly<Record<string, Check>> {
  return {
    ...(plainText === undefined ? {} : { text: plainText }),
    ...(plainLink === undefined ? {} : { link: plainLink }),
  };
}
