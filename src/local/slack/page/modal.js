// The app's modals: the top view of the person's stack, in a dialog.
import { blockNodes, textNodes } from "./blocks.js";
import { h, icon } from "./dom.js";
import { avatar } from "./message.js";
import { act, here, world } from "./world.js";
import { toast } from "./toast.js";

const shown = { id: "", shape: "", dialog: undefined };

export function renderModal() {
  const view = here.data.views.at(-1);
  if (view === undefined) {
    drop();
    return;
  }
  const shape = JSON.stringify([view.id, view.body, view.errors, view.problem]);
  if (shown.shape === shape) return;
  const kept = shown.id === view.id ? typedIn(shown.dialog) : {};
  drop();
  const dialog = modalNode(view, kept);
  Object.assign(shown, { id: view.id, shape, dialog });
  document.body.append(dialog);
  dialog.showModal();
  (
    dialog.querySelector("[aria-invalid=true]") ?? dialog.querySelector(".modal-body :is(input, textarea, select)")
  )?.focus();
}

function drop() {
  if (shown.dialog === undefined) return;
  const { dialog } = shown;
  Object.assign(shown, { id: "", shape: "", dialog: undefined });
  dialog.remove();
}

function modalNode(view, kept) {
  const { body } = view;
  const form = h(
    "form",
    { novalidate: true, onsubmit: (event) => void submit(event, view) },
    h(
      "div",
      { class: "modal-head" },
      avatar(world.bot.id, "av-s"),
      h("h2", { id: "modal-title" }, body.title.text),
      h(
        "button",
        {
          type: "button",
          class: "btn btn-quiet btn-icon push",
          "aria-label": "Close",
          onclick: () => void close(view),
        },
        icon("x"),
      ),
    ),
    h(
      "div",
      { class: "modal-body" },
      view.problem ? h("p", { class: "note", role: "alert" }, icon("warn"), h("span", {}, view.problem)) : null,
      ...body.blocks.flatMap((block) => part(block, view, kept)),
    ),
    h(
      "div",
      { class: "modal-foot" },
      h("button", { type: "button", class: "btn", onclick: () => void close(view) }, body.close?.text ?? "Cancel"),
      body.submit ? h("button", { class: "btn btn-ink" }, body.submit.text) : null,
    ),
  );
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" }, form);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    void close(view);
  });
  return dialog;
}

function part(block, view, kept) {
  if (block.type !== "input")
    return blockNodes([block], (element, of, given) =>
      act("press", { viewId: view.id, actionId: element.action_id, blockId: of.block_id, ...given }),
    );
  const { element } = block;
  const id = `in-${block.block_id}`;
  const error = view.errors[block.block_id];
  const notes = [block.hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  const label = [block.label.text, block.optional ? h("span", { class: "faint" }, " (optional)") : null];
  const held =
    kept[`${block.block_id}/${element.action_id}`] ?? heldIn(view.values[block.block_id]?.[element.action_id]);
  const common = {
    id,
    "data-block": block.block_id,
    "data-action": element.action_id,
    "aria-describedby": notes || null,
    "aria-invalid": error ? "true" : null,
  };
  const group = element.type === "radio_buttons" || element.type === "checkboxes";
  return [
    h(
      group ? "fieldset" : "div",
      { class: "field" },
      group ? h("legend", {}, ...label) : h("label", { for: id }, ...label),
      field(element, common, held),
      block.hint ? h("p", { class: "hint", id: `${id}-hint` }, block.hint.text) : null,
      error ? h("p", { class: "error", id: `${id}-error` }, error) : null,
    ),
  ];
}

const INPUTS = {
  email_text_input: "email",
  url_text_input: "url",
  number_input: "text",
  datepicker: "date",
  timepicker: "time",
};

function field(element, common, held) {
  const placeholder = element.placeholder?.text;
  switch (element.type) {
    case "plain_text_input": {
      const tag = element.multiline ? "textarea" : "input";
      const input = h(tag, { ...common, class: "input", placeholder, maxlength: element.max_length ?? 3000 });
      input.value = held ?? "";
      return input;
    }
    case "static_select":
    case "multi_static_select":
      return select(element, common, held);
    case "users_select":
      return select(
        { options: world.people.map(({ id, name }) => ({ value: id, text: { text: name } })) },
        common,
        held,
      );
    case "channels_select":
    case "conversations_select":
      return select(
        { options: world.channels.map(({ id, name }) => ({ value: id, text: { text: `#${name}` } })) },
        common,
        held,
      );
    case "radio_buttons":
    case "checkboxes":
      return choices(element, common, held);
    default: {
      const input = h("input", { ...common, class: "input", type: INPUTS[element.type] ?? "text", placeholder });
      input.value = held ?? "";
      return input;
    }
  }
}

function select(element, common, held) {
  const options = [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
  const many = element.type === "multi_static_select";
  const chosen = new Set([held].flat());
  return h(
    "select",
    { ...common, class: "input", multiple: many },
    many ? null : h("option", { value: "" }, element.placeholder?.text ?? "Choose…"),
    ...options.map((option) =>
      h("option", { value: option.value, selected: chosen.has(option.value) }, option.text.text),
    ),
  );
}

function choices(element, common, held) {
  const type = element.type === "radio_buttons" ? "radio" : "checkbox";
  const chosen = new Set([held].flat());
  return h(
    "div",
    { class: "choices", "data-block": common["data-block"], "data-action": common["data-action"], "data-many": type },
    ...element.options.map((option) =>
      h(
        "label",
        {},
        h("input", { type, name: common.id, value: option.value, checked: chosen.has(option.value) }),
        h(
          "span",
          {},
          ...textNodes(option.text),
          option.description ? h("span", { class: "hint" }, ` ${option.description.text}`) : null,
        ),
      ),
    ),
  );
}

/** What Slack keeps, as what a field shows. */
function heldIn(value) {
  if (value === undefined) return undefined;
  if (Array.isArray(value.selected_options)) return value.selected_options.map((option) => option.value);
  return (
    value.value ??
    value.selected_option?.value ??
    value.selected_date ??
    value.selected_time ??
    value.selected_user ??
    value.selected_channel ??
    value.selected_conversation
  );
}

function valueOf(node) {
  if (node.dataset.many !== undefined) {
    const picked = [...node.querySelectorAll("input:checked")].map((input) => input.value);
    return node.dataset.many === "radio" ? (picked[0] ?? null) : picked;
  }
  if (node instanceof HTMLSelectElement && node.multiple)
    return [...node.selectedOptions].map((option) => option.value);
  return node.value === "" ? null : node.value;
}

function typedIn(dialog) {
  if (dialog === undefined) return {};
  return Object.fromEntries(
    [...dialog.querySelectorAll("[data-block]")].map((node) => [
      `${node.dataset.block}/${node.dataset.action}`,
      valueOf(node) ?? "",
    ]),
  );
}

async function submit(event, view) {
  event.preventDefault();
  const form = event.currentTarget;
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const values = {};
  for (const node of form.querySelectorAll("[data-block]"))
    (values[node.dataset.block] ??= {})[node.dataset.action] = valueOf(node);
  const result = await act("submit", { viewId: view.id, values });
  form.removeAttribute("aria-busy");
  // Errors and troubles come with the next state of the view.
  if (!result.ok && result.failed?.startsWith("The local Slack")) toast(result.failed);
}

async function close(view) {
  const result = await act("close", { viewId: view.id });
  if (!result.ok && result.failed?.startsWith("The local Slack")) toast(result.failed);
}
