import { afterAll, beforeAll, expect, test } from "vitest";
import type { SealedValues } from "../../src/ports.ts";
import { createSealedValues } from "../../src/store/sealed-values.ts";
import { createTestStore, type TestStore } from "../setup/store.ts";

let it: TestStore;
let values: SealedValues;
beforeAll(async () => {
  it = await createTestStore();
  values = createSealedValues({ db: it.db, clock: it.clock });
});
afterAll(() => it.close());

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test("a value is nothing until it is stored, then the one that was stored last", async () => {
  expect(await values.load("a")).toBeUndefined();
  await values.replace("a", async (before) => `${before}-1`);
  await values.replace("a", async (before) => `${before}-2`);
  expect(await values.load("a")).toBe("undefined-1-2");
  expect(await values.load("b")).toBeUndefined();
});

test("many replacements at once come one after the other: each sees what the one before it stored", async () => {
  let atOnce = 0;
  let most = 0;
  const append = (mark: number) =>
    values.replace("list", async (before) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await pause();
      atOnce -= 1;
      return `${before ?? ""}${mark}`;
    });
  await Promise.all([1, 2, 3, 4, 5, 6].map(append));
  expect(most).toBe(1);
  expect(
    (await values.load("list"))
      ?.split("")
      .toSorted((a, b) => a.localeCompare(b))
      .join(""),
  ).toBe("123456");
});

test("replacements of other values do not wait", async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = values.replace("slow", async () => {
    await held;
    return "slow";
  });
  await values.replace("quick", async () => "quick");
  expect(await values.load("quick")).toBe("quick");
  expect(await values.load("slow")).toBeUndefined();
  release();
  await slow;
  expect(await values.load("slow")).toBe("slow");
});

test("a decision that fails leaves the old value, and the next one goes on", async () => {
  await values.replace("kept", async () => "old");
  await expect(values.replace("kept", () => Promise.reject(new Error("no token")))).rejects.toThrow("no token");
  expect(await values.load("kept")).toBe("old");
  await values.replace("kept", async (before) => `${before} and new`);
  expect(await values.load("kept")).toBe("old and new");
});

test("when it was stored is kept, and the same value again is no change", async () => {
  const row = () => it.db.selectFrom("sealed_values").selectAll().where("name", "=", "timed").executeTakeFirstOrThrow();
  await values.replace("timed", async () => "one");
  const first = await row();
  it.clock.at += 1000;
  await values.replace("timed", async (before) => before ?? "");
  expect(await row()).toEqual(first);
  await values.replace("timed", async () => "two");
  expect((await row()).updated_at_ms).toBe(it.clock.at);
});
