// files.*: the two-step upload of an app, and what it may read of a file.
import type { Args } from "../args.ts";
import { joinedChannel, Refusal, type Slack } from "../context.ts";
import { typeOfName } from "../files.ts";
import { objectsOf, textOf, type Json } from "../json.ts";
import { postMessage } from "../messages.ts";
import { fileJson } from "../wire.ts";
import { announce, nextId, type Channel, type SlackFile } from "../world.ts";
import { readThread } from "./chat.ts";
import { readBlocks } from "./content.ts";
import type { Methods } from "./method.ts";

export const UPLOAD_PATH = "/upload/v1/";

export const files: Methods = {
  "files.getUploadURLExternal": { scopes: ["files:write"], run: getUrl },
  "files.completeUploadExternal": { scopes: ["files:write"], run: complete },
  "files.info": { scopes: ["files:read"], run: info },
};

function getUrl({ world }: Slack, args: Args): Json {
  const name = args.need("filename");
  const lengthBytes = Number(args.need("length"));
  if (!Number.isInteger(lengthBytes) || lengthBytes < 1)
    throw new Refusal("invalid_arguments", ["[ERROR] must be a positive number [json-pointer:/length]"]);
  const snippetType = args.text("snippet_type") ?? "";
  const file: SlackFile = {
    id: nextId(world, "F"),
    name,
    title: name,
    mimetype: snippetType === "" ? typeOfName(name) : "text/plain",
    snippetType,
    altText: args.text("alt_text") ?? "",
    user: world.seed.bot.userId,
    atMs: Date.now(),
    lengthBytes,
    complete: false,
    shares: [],
  };
  world.files.set(file.id, file);
  return { upload_url: `${world.origin}${UPLOAD_PATH}${file.id}`, file_id: file.id };
}

// The answer comes before the message exists: sharing happens behind it.
function complete(slack: Slack, args: Args): Json {
  const { world } = slack;
  const wanted = objectsOf(args.raw("files"));
  if (wanted.length === 0) throw new Refusal("invalid_arguments", ["[ERROR] missing required field: files"]);
  const named = wanted.map((each) => ({ file: uploaded(slack, textOf(each["id"])), title: textOf(each["title"]) }));
  const channelId = args.text("channel_id") ?? "";
  const channel = channelId === "" ? undefined : joinedChannel(world, channelId);
  const threadTs = channel === undefined ? undefined : readThread(world, channel, args.text("thread_ts"));
  const blocks = readBlocks(world, args.raw("blocks")) ?? [];
  for (const { file, title } of named) {
    file.complete = true;
    if (title !== "") file.title = title;
  }
  announce(world);
  if (channel !== undefined)
    share(slack, channel, {
      ids: named.map(({ file }) => file.id),
      text: args.text("initial_comment") ?? "",
      blocks,
      threadTs,
    });
  return { files: named.map(({ file }) => ({ id: file.id, title: file.title })) };
}

function uploaded({ world }: Slack, id: string): SlackFile {
  const file = world.files.get(id);
  if (file?.bytes === undefined || file.complete) throw new Refusal("file_not_found");
  return file;
}

interface Share {
  readonly ids: readonly string[];
  readonly text: string;
  readonly blocks: readonly Json[];
  readonly threadTs: string | undefined;
}

function share(slack: Slack, channel: Channel, { ids, text, blocks, threadTs }: Share): void {
  slack.later(() => {
    postMessage(slack, { channel, text, blocks, files: ids, ...(threadTs === undefined ? {} : { threadTs }) });
  });
}

function info({ world }: Slack, args: Args): Json {
  const file = world.files.get(args.need("file"));
  if (file?.complete !== true) throw new Refusal("file_not_found");
  return { file: fileJson(world, file), comments: [], response_metadata: { next_cursor: "" } };
}
