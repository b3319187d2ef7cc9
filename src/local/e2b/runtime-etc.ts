// A small /etc of our own: two users, no resolver, the host's certificates and library cache, nothing else of the host.
import { copyFile, cp, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const FILES: Readonly<Record<string, string>> = {
  passwd:
    "root:x:0:0:root:/root:/bin/bash\nuser:x:1000:1000:user:/home/user:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
  group: "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n",
  hosts: "127.0.0.1 localhost sandbox\n::1 localhost\n",
  hostname: "sandbox\n",
  "resolv.conf": "# No names are resolved here: HTTP_PROXY and HTTPS_PROXY lead out.\n",
  "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
  // Login shells read this: it must not reset PATH.
  profile: "umask 022\n",
};

const FROM_HOST = ["ssl/openssl.cnf", "ld.so.cache", "localtime", "mime.types"];
const CERTIFICATES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
/** Inside, wherever the host keeps its own. */
export const CERTIFICATES_INSIDE = "/etc/ssl/certs/ca-certificates.crt";

export async function writeEtc(folder: string): Promise<void> {
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
  for (const name of FROM_HOST) await copyIfThere(join("/etc", name), join(folder, name));
  for (const from of CERTIFICATES) if (await copyIfThere(from, join(folder, "ssl/certs/ca-certificates.crt"))) break;
  if (await isThere("/etc/alternatives"))
    await cp("/etc/alternatives", join(folder, "alternatives"), { recursive: true, verbatimSymlinks: true });
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  if (!(await isThere(from))) return false;
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  return true;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
