import { FileNotFoundError, InvalidArgumentError, type Sandbox } from "@e2b/sdk";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeSandboxed, startTestE2b, type TestE2b } from "./support.ts";

describeSandboxed("files through the SDK", () => {
  let e2b: TestE2b;
  let sandbox: Sandbox;
  beforeAll(async () => {
    e2b = await startTestE2b();
    sandbox = await e2b.client.Sandbox.create();
  });
  afterAll(() => e2b.stop());

  it.each([
    ["multipart", {}],
    ["a raw body", { useOctetStream: true }],
    ["a gzipped body", { gzip: true }],
  ])("what is written by %s reads back the same, in folders made for it", async (says, options) => {
    const path = `/workspace/${says.replaceAll(" ", "-")}/deep/ä file.txt`;
    const written = await sandbox.files.write(path, "line\n\r\n--boundary?\n", options);
    expect(written).toMatchObject({ path, name: "ä file.txt", type: "file" });
    expect(await sandbox.files.read(path)).toBe("line\n\r\n--boundary?\n");
  });

  it("bytes of every value survive, in 3 MB", async () => {
    const bytes = Buffer.alloc(3 * 1024 * 1024, Buffer.from(Array.from({ length: 251 }, (_, index) => index)));
    await sandbox.files.write("big.bin", new Blob([bytes]));
    const back = Buffer.from(await sandbox.files.read("big.bin", { format: "bytes" }));
    expect(back.equals(bytes)).toBe(true);
    expect((await sandbox.commands.run("stat -c %s /home/user/big.bin")).stdout.trim()).toBe(String(bytes.length));
  });

  it("several files go in one call", async () => {
    const written = await sandbox.files.write([
      { path: "/workspace/many/a", data: "A" },
      { path: "/workspace/many/sub/b", data: "" },
    ]);
    expect(written.map(({ path }) => path)).toEqual(["/workspace/many/a", "/workspace/many/sub/b"]);
    expect(await sandbox.files.read("/workspace/many/sub/b")).toBe("");
  });

  it("paths are the caller's: home-relative, tilde, and as another user", async () => {
    await sandbox.files.write("rel.txt", "x");
    await sandbox.files.write("~/tilde.txt", "y");
    await sandbox.files.write("of-root.txt", "z", { user: "root" });
    const result = await sandbox.commands.run("cat /home/user/rel.txt ~/tilde.txt ~root/of-root.txt");
    expect(result.stdout).toBe("xyz");
  });

  it("a read can be packed", async () => {
    await sandbox.files.write("packed.txt", "again ".repeat(1000));
    expect(await sandbox.files.read("packed.txt", { gzip: true })).toBe("again ".repeat(1000));
  });

  it("what is not there, or is a folder, is said so", async () => {
    await expect(sandbox.files.read("/workspace/none")).rejects.toBeInstanceOf(FileNotFoundError);
    await expect(sandbox.files.read("/workspace")).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(sandbox.files.list("/workspace/none")).rejects.toBeInstanceOf(FileNotFoundError);
    await expect(sandbox.files.rename("/workspace/none", "/workspace/some")).rejects.toBeInstanceOf(FileNotFoundError);
    expect(await sandbox.files.exists("/workspace/none")).toBe(false);
  });

  it("folders are listed sorted, to the depth asked for", async () => {
    await sandbox.commands.run(
      "mkdir -p /workspace/tree/b/c && touch /workspace/tree/a /workspace/tree/b/c/d && ln -s b /workspace/tree/l",
    );
    const names = async (depth: number) =>
      (await sandbox.files.list("/workspace/tree", { depth })).map(({ path }) => path);
    expect(await names(1)).toEqual(["a", "b", "l"].map((name) => `/workspace/tree/${name}`));
    expect(await names(3)).toEqual(["a", "b", "b/c", "b/c/d", "l"].map((name) => `/workspace/tree/${name}`));
  });

  it("an entry tells its kind, size, mode, owner and target", async () => {
    await sandbox.commands.run("printf 12345 > /workspace/f && chmod 754 /workspace/f && ln -sf f /workspace/link");
    expect(await sandbox.files.getInfo("/workspace/f")).toMatchObject({
      name: "f",
      type: "file",
      size: 5,
      mode: 0o754,
      permissions: "-rwxr-xr--",
      owner: "user",
      group: "user",
    });
    expect(await sandbox.files.getInfo("/workspace/link")).toMatchObject({
      type: "file",
      symlinkTarget: "/workspace/f",
    });
    expect(await sandbox.files.getInfo("/workspace")).toMatchObject({ type: "dir" });
  });

  it("folders are made once, entries moved and removed", async () => {
    expect(await sandbox.files.makeDir("/workspace/made/deep")).toBe(true);
    expect(await sandbox.files.makeDir("/workspace/made/deep")).toBe(false);
    await sandbox.files.write("/workspace/made/one", "1");
    await sandbox.files.rename("/workspace/made/one", "/workspace/moved/two");
    expect(await sandbox.files.read("/workspace/moved/two")).toBe("1");
    expect(await sandbox.files.exists("/workspace/made/one")).toBe(false);
    await sandbox.files.remove("/workspace/made");
    await sandbox.files.remove("/workspace/made");
    expect(await sandbox.files.exists("/workspace/made/deep")).toBe(false);
  });

  it("metadata stays with a file that moves", async () => {
    await sandbox.files.write("/workspace/tagged", "x", { metadata: { source: "upload" } });
    await sandbox.files.rename("/workspace/tagged", "/workspace/tagged2");
    expect(await sandbox.files.getInfo("/workspace/tagged2")).toMatchObject({ metadata: { source: "upload" } });
  });

  it.each([
    ["a part from an offset", "bytes=4-", 206, "456789", "bytes 4-9/10"],
    ["a part between", "bytes=2-3", 206, "23", "bytes 2-3/10"],
    ["the last bytes", "bytes=-3", 206, "789", "bytes 7-9/10"],
    ["nothing new yet", "bytes=10-", 416, "", "bytes */10"],
  ])("a range gives %s", async (_says, range, status, text, contentRange) => {
    await sandbox.files.write("range.txt", "0123456789");
    const answer = await fetch(await sandbox.downloadUrl("range.txt"), { headers: { range } });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe(text);
    expect(answer.headers.get("content-range")).toBe(contentRange);
  });

  it("a file rewritten shorter while it is read is an error or a whole reading, never a hang", async () => {
    await sandbox.commands.run("while :; do echo long-text > /tmp/flicker; : > /tmp/flicker; done", {
      background: true,
      timeoutMs: 0,
    });
    for (let turn = 0; turn < 100; turn += 1) {
      const text = await sandbox.files.read("/tmp/flicker").catch(() => "");
      expect(["", "long-text\n"]).toContain(text);
    }
    await sandbox.commands.run("pkill -f 'flicke[r]'");
  });

  it("a signed link reads or writes its one file, until it expires", async () => {
    await sandbox.files.write("signed.txt", "s");
    const good = await sandbox.downloadUrl("signed.txt", { useSignatureExpiration: 60 });
    expect(await (await fetch(good)).text()).toBe("s");
    const upload = new FormData();
    upload.append("file", new Blob(["via link"]), "ignored");
    expect((await fetch(await sandbox.uploadUrl("linked.txt"), { method: "POST", body: upload })).status).toBe(200);
    expect(await sandbox.files.read("linked.txt")).toBe("via link");
    const late = await fetch(await sandbox.downloadUrl("signed.txt", { useSignatureExpiration: -1 }));
    expect(late.status).toBe(401);
    expect(await late.json()).toEqual({ code: 401, message: "signature is already expired" });
  });

  it.each<[string, (url: URL) => void]>([
    ["another path", (url) => url.searchParams.set("path", "/etc/passwd")],
    ["a later expiry", (url) => url.searchParams.set("signature_expiration", "9999999999")],
    ["another user", (url) => url.searchParams.set("username", "root")],
    ["no signature", (url) => url.searchParams.delete("signature")],
    ["a made-up signature", (url) => url.searchParams.set("signature", `v1_${"A".repeat(43)}`)],
  ])("a link changed to %s is refused", async (_says, change) => {
    await sandbox.files.write("signed.txt", "s");
    const url = new URL(await sandbox.downloadUrl("signed.txt", { useSignatureExpiration: 60 }));
    change(url);
    const answer = await fetch(url);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 401 });
  });

  it("a link to read does not write", async () => {
    const answer = await fetch(await sandbox.downloadUrl("signed.txt"), { method: "POST", body: "x" });
    expect(answer.status).toBe(401);
  });
});
