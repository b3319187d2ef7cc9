import { E2B } from "@e2b/sdk";

export const API_KEY = "local-key-of-this-test";

export function clientOf(service: { readonly url: string }): E2B {
  return new E2B({ apiKey: API_KEY, apiUrl: service.url, sandboxUrl: service.url });
}
