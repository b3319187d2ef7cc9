// Small changes to a program's text, the likeliest mistakes first: one operator, one comparison, one number.

const SWAPS = [
  [/(?<=[\w)\]] )\+(?= [\w(])/g, ["-"]],
  [/(?<=[\w)\]] )-(?= [\w(])/g, ["+"]],
  [/(?<=[\w)\]] )\*(?= [\w(])/g, ["/", "+"]],
  [/(?<=[\w)\]] )\/(?= [\w(])/g, ["*"]],
  [/(?<= )<(?= )/g, ["<=", ">"]],
  [/(?<= )<=(?= )/g, ["<", ">="]],
  [/(?<= )>(?= )/g, [">=", "<"]],
  [/(?<= )>=(?= )/g, [">", "<="]],
  [/===/g, ["!=="]],
  [/!==/g, ["==="]],
  [/&&/g, ["||"]],
  [/\|\|/g, ["&&"]],
  [/\bMath\.floor\b/g, ["Math.round", "Math.ceil"]],
  [/\bMath\.ceil\b/g, ["Math.round", "Math.floor"]],
  [/\bMath\.round\b/g, ["Math.ceil", "Math.floor"]],
  [/\bMath\.min\b/g, ["Math.max"]],
  [/\bMath\.max\b/g, ["Math.min"]],
  [/\btrue\b/g, ["false"]],
  [/\bfalse\b/g, ["true"]],
];
const NUMBER = /(?<![\w.])\d+(?![\w.])/g;

export function* mutationsOf(content) {
  for (const [pattern, replacements] of SWAPS) {
    for (const found of content.matchAll(pattern)) {
      for (const to of replacements) yield replaceAt(content, found, to);
    }
  }
  for (const found of content.matchAll(NUMBER)) {
    const value = Number(found[0]);
    for (const to of [value + 1, value - 1]) if (to >= 0) yield replaceAt(content, found, String(to));
  }
}

function replaceAt(content, found, to) {
  const from = found[0];
  return {
    from,
    to,
    line: content.slice(0, found.index).split("\n").length,
    content: `${content.slice(0, found.index)}${to}${content.slice(found.index + from.length)}`,
  };
}
