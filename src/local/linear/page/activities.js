// What was done and said in a session, one row each.
import { h, icon, time } from "./dom.js";
import { link, markdown, spans } from "./markdown.js";
import { avatar } from "./parts.js";
import { tryTo } from "./toast.js";

const LONG = 90;

export function activityNode(activity, session) {
  const { kind } = activity;
  if (kind === "elicitation") return questionNode(activity, session);
  if (kind === "action") return actionNode(activity);
  if (kind === "prompt") return promptNode(activity);
  if (kind === "stop")
    return row(activity, "act-end", icon("stop"), h("p", {}, h("b", {}, activity.author), " asked it to stop"));
  const looks = { thought: ["act-thought", "chat"], response: ["act-said", "check"], error: ["act-error", "warn"] };
  const [className, drawn] = looks[kind] ?? ["act-thought", "chat"];
  return row(activity, className, icon(drawn), h("div", { class: "md" }, markdown(activity.body)));
}

function row({ ephemeral, atMs }, className, drawn, ...content) {
  const light = ephemeral ? h("span", { class: "act-brief" }, "for now") : null;
  return h(
    "li",
    { class: `act ${className}${ephemeral ? " is-brief" : ""}` },
    drawn,
    h("div", {}, ...content, h("span", { class: "act-when" }, light, time(atMs))),
  );
}

const DRAWN = [
  [/\b(ran|run|running|exec|command|test)/i, "term"],
  [/\b(search|grep|find|found|look)/i, "search"],
  [/\b(read|edit|wrote|write|chang|creat|delet|file|open)/i, "file"],
];

function actionNode(activity) {
  const { action, parameter, result = "" } = activity;
  const drawn = DRAWN.find(([words]) => words.test(action))?.[1] ?? "tool";
  const short = result.length <= LONG && !result.includes("\n");
  const what = h("p", {}, h("b", {}, action), " ", parameter === "" ? null : h("code", {}, parameter));
  if (short && result !== "") what.append(" ", h("span", { class: "act-got" }, spans(result)));
  const folded = short
    ? null
    : h(
        "details",
        { class: "act-result", "data-part": `result/${activity.id}` },
        h("summary", {}, icon("right"), "Result ", h("span", { class: "faint" }, firstLine(result))),
        h("div", { class: "md" }, markdown(result)),
      );
  return row(activity, "act-did", icon(drawn), what, folded);
}

function firstLine(text) {
  const line = text.split("\n").find((each) => each.trim() !== "" && !/^\s*(```|~~~)/.test(each)) ?? "";
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

function promptNode(activity) {
  const said = h("div", { class: "md" }, markdown(activity.body));
  return row(activity, "act-prompt", avatar(activity.authorId), h("p", {}, h("b", {}, activity.author)), said);
}

// ---- questions

function questionNode(activity, session) {
  const { body, question } = activity;
  const { answer, open } = question;
  if (open) return row(activity, "act-ask", icon("ask"), openQuestion(activity, session));
  const told =
    answer === undefined
      ? h("p", { class: "act-none" }, "Not answered")
      : h(
          "p",
          { class: "act-ans" },
          icon("check"),
          h("b", {}, answer.text),
          h("span", { class: "faint" }, question.options.length > 0 ? "chosen by " : "said ", answer.by),
        );
  const className = answer === undefined ? "act-ask is-answered is-left" : "act-ask is-answered";
  return row(activity, className, icon("ask"), h("div", { class: "md" }, markdown(body)), told);
}

function openQuestion(activity, session) {
  const { body, question } = activity;
  const words = h("div", { class: "md", id: `ask-${activity.id}` }, markdown(body));
  if (question.authUrl !== undefined) {
    const connect = link(question.authUrl, [icon("out"), "Connect account"], "");
    connect.className = "btn btn-ink";
    return h("div", { class: "ask" }, words, h("div", { class: "btn-row" }, connect));
  }
  if (question.options.length === 0)
    return h("div", { class: "ask" }, words, h("p", { class: "act-note" }, "Answer in the box below."));
  const form = h(
    "form",
    { class: "ask" },
    h(
      "fieldset",
      { "aria-describedby": `ask-${activity.id}` },
      h("legend", { class: "vh" }, "Answers"),
      words,
      h(
        "div",
        { class: "choices" },
        question.options.map((option) => choice(activity, option)),
      ),
    ),
    h(
      "div",
      { class: "btn-row" },
      h("button", { type: "submit", class: "btn btn-ink" }, "Answer"),
      h("span", { class: "act-note" }, "or answer in your own words below"),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = new FormData(form).get("pick");
    if (value !== null) void tryTo("choose", { session: session.id, value });
  });
  return form;
}

function choice(activity, { value, label }) {
  const pick = h("input", {
    type: "radio",
    name: "pick",
    value,
    required: true,
    "data-part": `pick/${activity.id}/${value}`,
  });
  return h("label", { class: "choice" }, pick, h("span", {}, h("b", {}, label ?? value)));
}

/** For people who hear the page. */
export function plainWords(activity) {
  if (activity.kind === "action") return `${activity.action} ${activity.parameter}`;
  if (activity.kind === "stop") return "asked it to stop";
  return activity.kind === "elicitation" ? `asks: ${activity.body}` : activity.body;
}
