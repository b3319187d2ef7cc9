// Plain English, as far as it goes. The first sentence shape that fits a line is what the line asks for.

const QUOTED = String.raw`(?:"([^"]*)"|'([^']*)'|“([^”]*)”|\x60([^\x60]*)\x60|(.+?))`;
const POLITE = String.raw`^\s*(?:[-*]\s+)?(?:please\s+|could you\s+|can you\s+|now\s+|then\s+)*`;

const SHAPES = [
  [
    "fixTests",
    String.raw`(?:fix|mend|repair)\s+(?:the\s+|our\s+|all\s+)*(?:failing|broken|red)?\s*tests?\b.*`,
    () => ({}),
  ],
  [
    "setPrice",
    String.raw`(?:raise|lower|set|change|make)\s+(?:the\s+)?(\w+)\s+price\s+(?:to\s+)?\$?(\d+(?:\.\d+)?).*`,
    ([plan, price]) => ({ plan: plan.toLowerCase(), price: Number(price) }),
  ],
  [
    "replace",
    String.raw`replace\s+${QUOTED}\s+(?:with|by)\s+${QUOTED}\s+(?:in|on)\s+(\S+?)[.!?]?\s*`,
    (found) => ({ from: firstOf(found.slice(0, 5)), to: firstOf(found.slice(5, 10)), file: found[10] }),
  ],
  [
    "fill",
    String.raw`write\s+(\d+)\s*mb\s+to\s+(\S+?)[.!?]?\s*`,
    ([size, file]) => ({ megabytes: Number(size), file }),
  ],
  ["write", String.raw`write\s+(\S+?):\s?(.*)`, ([file, content]) => ({ file, content })],
  ["append", String.raw`append\s+(?:to\s+)?(\S+?):\s?(.*)`, ([file, content]) => ({ file, content })],
  ["remove", String.raw`(?:delete|remove)\s+(?:the\s+file\s+)?(\S+?)[.!?]?\s*`, ([file]) => ({ file })],
  ["run", String.raw`run\s+(.+)`, ([command]) => ({ command })],
  [
    "wait",
    String.raw`wait\s+(?:for\s+)?(\d+(?:\.\d+)?)\s+seconds?[.!]?\s*`,
    ([seconds]) => ({ seconds: Number(seconds) }),
  ],
  ["answer", String.raw`(?:do nothing)[.!]?\s*`, () => ({ said: "Nothing was asked for, so nothing was changed." })],
  ["answer", String.raw`answer:?\s+(.+)`, ([said]) => ({ said })],
  ["touch", String.raw`touch\s+(\S+?)[.!]?\s*`, ([file]) => ({ file })],
  ["link", String.raw`link\s+(\S+)\s+to\s+(\S+)\s*`, ([file, target]) => ({ file, target })],
  ["nest", String.raw`nest\s+a\s+repository\s+in\s+(\S+?)[.!]?\s*`, ([folder]) => ({ folder })],
  ["printLines", String.raw`print\s+a\s+million\s+lines[.!]?\s*`, () => ({})],
  ["printEnvironment", String.raw`print\s+(?:your|the)\s+environment[.!]?\s*`, () => ({})],
  ["forkAway", String.raw`fork\s+away\s+and\s+keep\s+writing[.!]?\s*`, () => ({})],
  ["shortenLog", String.raw`shorten\s+your\s+log[.!]?\s*`, () => ({})],
  ["rewriteLog", String.raw`rewrite\s+your\s+log[.!]?\s*`, () => ({})],
  ["exit", String.raw`exit\s+(\d{1,3})\s*`, ([code]) => ({ code: Number(code) })],
].map(([act, shape, args]) => ({ act, args, pattern: new RegExp(`${POLITE}${String(shape)}$`, "iu") }));

/** The line that opens the quoted issue; what to do stands there where the request only names it. */
const ISSUE = /^The issue \S+ follows as it is written\./;

/** Lines that open what stands after the request in a prompt of Countersign; what follows is not asked for. */
const ENDS = [
  "What was asked before, oldest first",
  "Files sent with the request",
  "Messages of the conversation the request was made in",
  "How your work is taken over:",
];

export function parseRequest(prompt) {
  const lines = prompt.split(/\r?\n/);
  const end = lines.findIndex((line) => ISSUE.test(line) || ENDS.some((each) => line.startsWith(each)));
  const asked = parseLines(lines.slice(0, end === -1 ? lines.length : end));
  const issue = lines.findIndex((line) => ISSUE.test(line));
  if (asked.length > 0 || issue === -1) return asked;
  const rest = lines.slice(issue + 1);
  const over = rest.findIndex((line) => ENDS.some((each) => line.startsWith(each)));
  return parseLines(over === -1 ? rest : rest.slice(0, over));
}

function parseLines(lines) {
  return lines.map((line) => parseLine(line.trim())).filter((found) => found !== undefined);
}

function parseLine(line) {
  for (const { act, args, pattern } of SHAPES) {
    const found = pattern.exec(line);
    if (found !== null) return { act, args: args(found.slice(1)) };
  }
  return undefined;
}

function firstOf(values) {
  return values.find((value) => value !== undefined) ?? "";
}
