import { describe, expect, it } from "vitest";
import { boundaryOf, readParts } from "../../../src/local/e2b/envd-multipart.ts";

const BODY = [
  "preamble to skip\r\n--B\r\n",
  'Content-Disposition: form-data; name="file"; filename="a/b \\"c%22.txt"\r\nContent-Type: text/plain\r\n\r\n',
  "first\r\n--Cnot\r\n-\r\n--",
  '\r\n--B\r\nContent-Disposition: form-data; name="other"\r\n\r\n',
  "",
  '\r\n--B\r\ncontent-disposition: form-data; name="file"; filename="ä"\r\n\r\n',
  "last\r\n",
  "\r\n--B--\r\nepilogue",
].join("");

async function read(body: Buffer, sizeBytes: number) {
  async function* chunks() {
    for (let at = 0; at < body.length; at += sizeBytes) yield body.subarray(at, at + sizeBytes);
  }
  const parts: { name: string; filename: string | undefined; text: string }[] = [];
  for await (const { name, filename, bytes } of readParts(chunks(), "B")) {
    const pieces: Buffer[] = [];
    for await (const piece of bytes) pieces.push(piece);
    parts.push({ name, filename, text: Buffer.concat(pieces).toString("utf8") });
  }
  return parts;
}

describe("reading multipart bodies", () => {
  it.each([1, 2, 3, 7, 64, 100_000])("gives the same parts from chunks of %i bytes", async (sizeBytes) => {
    expect(await read(Buffer.from(BODY), sizeBytes)).toEqual([
      { name: "file", filename: 'a/b \\"c".txt', text: "first\r\n--Cnot\r\n-\r\n--" },
      { name: "other", filename: undefined, text: "" },
      { name: "file", filename: "ä", text: "last\r\n" },
    ]);
  });

  it("skips a part nobody read", async () => {
    const names: string[] = [];
    async function* once() {
      yield Buffer.from(BODY);
    }
    for await (const { name } of readParts(once(), "B")) names.push(name);
    expect(names).toEqual(["file", "other", "file"]);
  });

  it.each([
    ["nothing", ""],
    ["a body cut in a part", BODY.slice(0, 160)],
    ["a body without its last line", BODY.slice(0, -14)],
    ["a delimiter followed by rubbish", "--BX"],
    ["a header without end", `--B\r\nX: ${"y".repeat(20_000)}`],
  ])("refuses %s", async (_says, body) => {
    await expect(read(Buffer.from(body), 50)).rejects.toMatchObject({ status: 400 });
  });

  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['multipart/form-data; charset=utf-8; boundary="a b"', "a b"],
    ["multipart/form-data", undefined],
  ])("finds the boundary in %s", (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});
