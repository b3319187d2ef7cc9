// The face of a seal: 28 rays, ray i as long as hex digit i of the digest. It helps memory; it proves nothing.
import { markup, type Html } from "./html.ts";

const RAYS = 28;
const INNER = 11;
const SHORTEST = 1;
const A_DIGIT = 0.375;

/** `small` for lists. A digest that is not hex of at least 28 digits draws no rays. */
export function renderSealmark(digest: string, size: "normal" | "small" = "normal"): Html {
  const rays = /^[0-9a-f]{28,}$/.test(digest) ? Array.from({ length: RAYS }, (_, index) => drawRay(digest, index)) : [];
  const style = size === "small" ? "sealmark sealmark-s" : "sealmark";
  return markup(
    `<svg class="${style}" viewBox="-18 -18 36 36" aria-hidden="true"><path d="${rays.join("")}"/><circle r="8"/>` +
      `<path class="tick" d="M-3.4.2-.8 2.8 3.8-2.4"/></svg>`,
  );
}

function drawRay(digest: string, index: number): string {
  const angle = (index / RAYS) * 2 * Math.PI - Math.PI / 2;
  const outer = INNER + SHORTEST + Number.parseInt(digest.charAt(index), 16) * A_DIGIT;
  const [x, y] = [Math.cos(angle), Math.sin(angle)];
  return `M${round(x * INNER)} ${round(y * INNER)}L${round(x * outer)} ${round(y * outer)}`;
}

function round(value: number): number {
  const rounded = Math.round(value * 10) / 10;
  return rounded === 0 ? 0 : rounded;
}
