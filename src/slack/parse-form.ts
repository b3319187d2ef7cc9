// A submitted form -> the request or interaction it makes, or what to tell beside its fields.
import { z } from "zod";
import { bad, good, type Outcome } from "../core/problem.ts";
import type { Interaction } from "../core/interaction.ts";
import { parseAsk, type NewRequest, type Person, type Place } from "../core/request.ts";
import { FIELDS, FORMS, parseFormData, type Form, type FormData } from "./actions.ts";
import type { ParseProblem } from "./parse.ts";

const fieldSchema = z.object({ value: z.string().nullish() });
const submissionSchema = z.object({
  type: z.literal("view_submission"),
  user: z.object({ id: z.string().min(1), name: z.string().optional(), username: z.string().optional() }),
  team: z.object({ id: z.string() }).nullish(),
  view: z.object({
    id: z.string().min(1),
    hash: z.string().default(""),
    callback_id: z.string(),
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), fieldSchema)) }),
  }),
});

export type Submission =
  | { readonly kind: "request"; readonly key: string; readonly request: NewRequest }
  | { readonly kind: "interaction"; readonly key: string; readonly interaction: Interaction }
  /** Shown beside the fields; the form stays open. */
  | { readonly kind: "errors"; readonly errors: Readonly<Record<string, string>> };

interface Filled {
  readonly key: string;
  readonly by: Person;
  readonly place: Place;
  readonly data: FormData;
  readonly field: (name: string) => string;
}

export function parseSubmission(body: unknown): Outcome<Submission, ParseProblem> {
  const parsed = submissionSchema.safeParse(body);
  if (!parsed.success) return bad({ kind: "malformed", detail: z.prettifyError(parsed.error) });
  const { view, user, team } = parsed.data;
  const form = FORMS.find((name) => name === view.callback_id);
  const data = parseFormData(view.private_metadata);
  if (form === undefined) return bad({ kind: "ignored" });
  if (data === undefined) return bad({ kind: "malformed", detail: "the form does not say where it was opened" });
  const { channel, threadTs, messageTs } = data;
  const submission = readForm(form, {
    key: `view:${view.id}:${view.hash}`,
    by: { id: `slack:${user.id}`, name: user.name ?? user.username ?? user.id },
    place: {
      surface: "slack",
      workspace: team?.id ?? "",
      channel,
      ...(threadTs === undefined ? {} : { threadTs }),
      ...(messageTs === undefined ? {} : { messageTs }),
    },
    data,
    field: (name) => (view.state.values[name]?.[name]?.value ?? "").trim(),
  });
  return submission === undefined
    ? bad({ kind: "malformed", detail: `the form ${form} does not say what it is about` })
    : good(submission);
}

function readForm(form: Form, filled: Filled): Submission | undefined {
  switch (form) {
    case "ask":
      return readAsk(filled);
    case "reject": {
      const about = aboutChange(filled);
      const reason = filled.field(FIELDS.reason);
      if (about === undefined) return undefined;
      if (reason === "")
        return { kind: "errors", errors: { [FIELDS.reason]: "Say why, so that it can be done better." } };
      return { kind: "interaction", key: filled.key, interaction: { kind: "reject", ...about, reason } };
    }
    case "request_changes": {
      const about = aboutChange(filled);
      const text = filled.field(FIELDS.text);
      if (about === undefined) return undefined;
      if (text === "") return { kind: "errors", errors: { [FIELDS.text]: "Say what should be different." } };
      return { kind: "interaction", key: filled.key, interaction: { kind: "request_changes", ...about, text } };
    }
    default:
      return form satisfies never;
  }
}

function aboutChange(filled: Filled) {
  const { run, change } = filled.data;
  return run === undefined || change === undefined
    ? undefined
    : { by: filled.by, place: filled.place, runId: run, change };
}

/** Flags typed into the words count as typed; a field that is filled in counts more. */
function readAsk(filled: Filled): Submission {
  const asked = parseAsk(filled.field(FIELDS.text));
  if (asked.text === "") return { kind: "errors", errors: { [FIELDS.text]: "Say what should change." } };
  const team = filled.field(FIELDS.team) || asked.team;
  const repository = filled.field(FIELDS.repository) || asked.repository;
  const { messageTs: _pressed, ...place } = filled.place;
  const request: NewRequest = {
    kind: "form",
    requester: filled.by,
    place,
    text: asked.text,
    ...(team === undefined ? {} : { team }),
    ...(repository === undefined ? {} : { repository }),
    files: [],
  };
  return { kind: "request", key: filled.key, request };
}
