import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { formatPrice, seatPrice, yearlyPrice } from "../src/price.js";

const prices = JSON.parse(await readFile(new URL("../public/prices.json", import.meta.url), "utf8"));

test("a year costs ten months", () => {
  assert.equal(yearlyPrice(prices.monthly), prices.monthly * 10);
});

test("a team of ten pays less for a seat", () => {
  assert.equal(seatPrice(200, 10, 20), 160);
});

test("fewer than ten people pay the full price", () => {
  assert.equal(seatPrice(200, 9, 20), 200);
});

test("prices are written without needless cents", () => {
  assert.equal(formatPrice(29), "$29");
  assert.equal(formatPrice(23.2), "$23.20");
});
