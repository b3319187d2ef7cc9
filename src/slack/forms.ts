// The forms people fill in: what to ask for, why not, what to change. Drawn without any look-up, so they open at once.
import type { InputBlock, ModalView } from "@slack/types";
import { clip } from "../core/text.ts";
import { FIELDS, type Form, type FormData } from "./actions.ts";
import { context, plain } from "./blocks.ts";

const INPUT_LIMIT = 3000;

interface FieldSpec {
  readonly field: string;
  readonly label: string;
  readonly hint?: string;
  readonly value?: string | undefined;
  readonly placeholder?: string;
  readonly optional?: true;
  readonly multiline?: true;
}

function field(spec: FieldSpec): InputBlock {
  return {
    type: "input",
    block_id: spec.field,
    label: plain(spec.label),
    ...(spec.hint === undefined ? {} : { hint: plain(spec.hint) }),
    optional: spec.optional ?? false,
    element: {
      type: "plain_text_input",
      action_id: spec.field,
      multiline: spec.multiline ?? false,
      max_length: INPUT_LIMIT,
      ...(spec.placeholder === undefined ? {} : { placeholder: plain(spec.placeholder) }),
      ...(spec.value === undefined || spec.value === "" ? {} : { initial_value: clip(spec.value, INPUT_LIMIT) }),
    },
  };
}

interface FormSpec {
  readonly form: Form;
  readonly title: string;
  readonly submit: string;
  readonly data: FormData;
}

function modal(spec: FormSpec, blocks: ModalView["blocks"]): ModalView {
  return {
    type: "modal",
    callback_id: spec.form,
    title: plain(spec.title),
    submit: plain(spec.submit),
    close: plain("Cancel"),
    private_metadata: JSON.stringify(spec.data),
    blocks,
  };
}

export interface AskPrefill {
  readonly text: string;
  readonly team?: string;
  readonly repository?: string;
}

export function renderAskForm(data: FormData, prefill: AskPrefill): ModalView {
  return modal({ form: "ask", title: "Ask for a change", submit: "Ask", data }, [
    field({
      field: FIELDS.text,
      label: "What should change?",
      placeholder: "Raise the monthly price to $39 on the pricing page",
      value: prefill.text,
      multiline: true,
    }),
    field({
      field: FIELDS.repository,
      label: "Repository",
      hint: "Left empty: your team's usual one.",
      value: prefill.repository,
      optional: true,
    }),
    field({
      field: FIELDS.team,
      label: "Team",
      hint: "Left empty: the team of this channel, or yours.",
      value: prefill.team,
      optional: true,
    }),
    context(["An agent works on it in a sandbox. Nothing reaches GitHub before an owner approves the exact change."]),
  ]);
}

export function renderRejectForm(data: FormData): ModalView {
  return modal({ form: "reject", title: "Reject this change", submit: "Reject", data }, [
    field({ field: FIELDS.reason, label: "Why?", multiline: true, hint: "The requester reads this." }),
  ]);
}

export function renderRequestChangesForm(data: FormData): ModalView {
  return modal({ form: "request_changes", title: "Request changes", submit: "Send to the agent", data }, [
    field({
      field: FIELDS.text,
      label: "What should be different?",
      multiline: true,
      hint: "The agent works on it again; this version can no longer be approved.",
    }),
  ]);
}
