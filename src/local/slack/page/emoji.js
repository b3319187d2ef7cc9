// The few emoji people and apps use here, by Slack's names.
const EMOJI = {
  "+1": "👍",
  thumbsup: "👍",
  "-1": "👎",
  thumbsdown: "👎",
  eyes: "👀",
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  x: "❌",
  warning: "⚠️",
  hourglass: "⌛",
  hourglass_flowing_sand: "⏳",
  raised_hands: "🙌",
  pray: "🙏",
  clap: "👏",
  tada: "🎉",
  heart: "❤️",
  ok_hand: "👌",
  wave: "👋",
  slightly_smiling_face: "🙂",
  smile: "😄",
  thinking_face: "🤔",
  rocket: "🚀",
  lock: "🔒",
  key: "🔑",
  memo: "📝",
  mag: "🔍",
  bulb: "💡",
  question: "❓",
  exclamation: "❗",
  robot_face: "🤖",
  octagonal_sign: "🛑",
  no_entry: "⛔",
  speech_balloon: "💬",
};

export function emoji(name) {
  return EMOJI[name] ?? `:${name}:`;
}

export function withEmoji(text) {
  return text.replaceAll(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}
