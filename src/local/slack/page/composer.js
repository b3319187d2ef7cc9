// Where one types: messages, commands, files.
import { byId, h, icon } from "./dom.js";
import { makeSuggest } from "./suggest.js";
import { act, here, nameOf, upload, world } from "./world.js";
import { toast } from "./toast.js";

/** `where()` is the channel and, in a thread, its root. */
export function makeComposer({ kind, field: fieldId, where }) {
  const form = byId(`${kind}-form`);
  const field = byId(fieldId);
  const inThread = kind === "thread";
  const suggest = makeSuggest(`${kind}-suggest`, field, inThread);
  const attached = [];
  const drafts = new Map();
  let place = "";

  field.addEventListener("input", () => {
    hint();
    suggest.show();
  });
  field.addEventListener("blur", () => suggest.close());
  field.addEventListener("keydown", (event) => {
    if (suggest.key(event) || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  form
    .querySelector("[data-command]")
    ?.addEventListener("click", () => fill(field.value.startsWith("/") ? field.value : `/agent ${field.value}`));
  const picker = form.querySelector("[data-file]");
  form.querySelector("[data-attach]").addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => void attach([...picker.files]));
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    void attach([...event.dataTransfer.files]);
  });
  field.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    void attach(files);
  });

  function hint() {
    const box = byId(`${kind}-hint`);
    const [name] = field.value.split(/\s/);
    const command = name.startsWith("/") ? world.commands.find((each) => each.command === name) : undefined;
    box.hidden = command === undefined;
    if (command === undefined) return;
    const note = inThread ? "works in the channel, not inside threads: mention the app here" : command.usageHint;
    box.replaceChildren(
      h("code", {}, command.command),
      h("span", {}, note),
      h("span", { class: "tag push" }, command.app),
    );
  }

  async function attach(files) {
    picker.value = "";
    for (const file of files) {
      try {
        attached.push(await upload(file));
      } catch (error) {
        toast(error.message);
      }
    }
    drawAttached();
  }

  function drawAttached() {
    const box = byId(`${kind}-files`);
    box.hidden = attached.length === 0;
    box.replaceChildren(
      ...attached.map((file, index) =>
        h(
          "span",
          { class: "tag" },
          icon("file"),
          file.name,
          h(
            "button",
            {
              type: "button",
              class: "btn btn-quiet btn-s",
              "aria-label": `Remove ${file.name}`,
              onclick: () => {
                attached.splice(index, 1);
                drawAttached();
                field.focus();
              },
            },
            icon("x"),
          ),
        ),
      ),
    );
  }

  async function send() {
    const text = field.value.trim();
    if (text === "" && attached.length === 0) return;
    const at = where();
    if (text.startsWith("/") && !text.startsWith("//")) {
      await sendCommand(text, at);
      return;
    }
    const fileIds = attached.map(({ id }) => id);
    const sent = await act("say", {
      channel: at.channel,
      text,
      ...(at.threadTs ? { threadTs: at.threadTs } : {}),
      ...(fileIds.length > 0 ? { fileIds } : {}),
    });
    if (!sent.ok) {
      toast(sent.failed);
      return;
    }
    attached.length = 0;
    drawAttached();
    clear();
  }

  async function sendCommand(text, at) {
    const [command, ...rest] = text.split(/\s+/);
    if (!world.commands.some((each) => each.command === command)) {
      toast(`${command} is not a command here.`);
      return;
    }
    if (inThread) {
      toast(`${command} does not work inside threads. Mention @${world.bot.name} instead.`);
      return;
    }
    const before = field.value;
    clear();
    form.setAttribute("aria-busy", "true");
    const done = await act("slash", {
      channel: at.channel,
      command,
      text: text.slice(command.length).trim() || rest.join(" "),
    });
    form.removeAttribute("aria-busy");
    // What was typed comes back, so that trying again is one key.
    if (!done.ok && field.value === "") fill(before);
    if (!done.ok && !["operation_timeout", "dispatch_failed"].includes(done.failed)) toast(done.failed);
  }

  function clear() {
    field.value = "";
    hint();
    suggest.close();
  }

  function fill(text) {
    field.value = text;
    field.focus();
    field.setSelectionRange(text.length, text.length);
    hint();
  }

  /** Each place keeps what was begun there. */
  function show(name, placeholder) {
    field.placeholder = placeholder;
    form.querySelector("[data-as]").textContent = `as ${nameOf(here.me)}`;
    if (place === name) return;
    drafts.set(place, field.value);
    place = name;
    field.value = drafts.get(name) ?? "";
    hint();
  }

  return { fill, show };
}
