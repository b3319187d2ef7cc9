// Secret values at rest: AES-256-GCM under SECRETS_KEY, with the key's id in front and the row's name bound in.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { Sealer } from "../ports.ts";

const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_BYTES = 32;

/** `key`: 32 bytes. A stored value reads `v1.<key id>.<nonce, tag and text in base64url>`. */
export function createSealer(key: Buffer): Sealer {
  if (key.length !== KEY_BYTES) throw new Error(`SECRETS_KEY has ${key.length} bytes, not ${KEY_BYTES}`);
  const keyId = createHash("sha256").update("countersign-key-id").update(key).digest("hex").slice(0, 8);
  const head = `${VERSION}.${keyId}`;
  return {
    seal: (name, text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(`${head}.${name}`));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return `${head}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url")}`;
    },
    open: (name, stored) => {
      if (!stored.startsWith(`${head}.`)) return undefined;
      const bytes = Buffer.from(stored.slice(head.length + 1), "base64url");
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(`${head}.${name}`))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString("utf8");
      } catch {
        return undefined;
      }
    },
  };
}
