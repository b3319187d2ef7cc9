// Short ways to write blocks in tables.
export const long = (length: number): string => "x".repeat(length);
export const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
export const plain = (text: string) => ({ type: "plain_text", text });
export const section = (text: string, more: object = {}) => ({ type: "section", text: mrkdwn(text), ...more });
export const button = (more: object = {}) => ({ type: "button", text: plain("Stop"), action_id: "stop", ...more });
export const actions = (...elements: readonly object[]) => ({ type: "actions", elements });
export const rich = (...elements: readonly object[]) => ({ type: "rich_text", elements });
export const line = (...elements: readonly object[]) => ({ type: "rich_text_section", elements });
export const option = (value: string) => ({ text: plain(value), value });
export const select = (more: object = {}) => ({
  type: "static_select",
  action_id: "pick",
  options: [option("a"), option("b")],
  ...more,
});
export const input = (element: object, more: object = {}) => ({
  type: "input",
  label: plain("What?"),
  element,
  ...more,
});
export const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_none, index) => make(index));
