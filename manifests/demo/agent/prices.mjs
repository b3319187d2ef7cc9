// "Raise the monthly price to $39": one number in public/prices.json and wherever the pages name that plan.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pause, plan, tell, tool } from "./tell.mjs";

const STEPS = ["Read the prices", "Change the price", "Change the pages that name it"];
const PRICES = "public/prices.json";

export async function setPrice({ plan: name, price }) {
  plan(STEPS, 0);
  const read = await tool("read", PRICES, readPrices);
  const old = read.prices[name];
  if (typeof old !== "number") {
    const known = Object.keys(read.prices).join(", ");
    return {
      ok: true,
      said: `There is no ${name} price in ${PRICES}${known === "" ? "" : ` (only ${known})`}. I changed nothing.`,
    };
  }
  plan(STEPS, 1);
  await tool("edit", `${PRICES}: ${name} ${old} to ${price}`, async () => {
    // Only the number: a file of people keeps their spacing and order.
    await writeFile(PRICES, read.content.replace(new RegExp(`("${name}"\\s*:\\s*)${old}\\b`), `$1${price}`));
    return { ok: true, said: "written" };
  });
  tell({ kind: "file", path: PRICES, change: "edit" });
  plan(STEPS, 2);
  const changed = await changePages(name, old, price);
  await pause(400);
  plan(STEPS, 3);
  const pages = changed.length === 0 ? "no page names it" : `and in ${changed.join(", ")}`;
  return { ok: true, said: `The ${name} price is now $${price} (was $${old}), in ${PRICES} ${pages}.` };
}

async function readPrices() {
  try {
    const content = await readFile(PRICES, "utf8");
    return { ok: true, said: "read", content, prices: JSON.parse(content) };
  } catch {
    return { ok: false, said: `there is no ${PRICES} that can be read`, content: "", prices: {} };
  }
}

async function changePages(name, old, price) {
  const changed = [];
  const pages = await readdir("content", { recursive: true }).catch(() => []);
  for (const page of pages.filter((each) => each.endsWith(".md")).sort((a, b) => (a < b ? -1 : 1))) {
    const path = join("content", page);
    const before = await readFile(path, "utf8");
    const names = new RegExp(`\\b${name}\\b`, "i");
    const amount = new RegExp(`\\$${old}(?!\\d|\\.\\d)`, "g");
    const after = before
      .split("\n")
      .map((line) => (names.test(line) ? line.replace(amount, `$$${price}`) : line))
      .join("\n");
    if (after === before) continue;
    await tool("edit", path, async () => {
      await writeFile(path, after);
      return { ok: true, said: "written" };
    });
    tell({ kind: "file", path, change: "edit" });
    changed.push(path);
  }
  return changed;
}
