// Run it beside a server: exomock serve & exomock health --wait 30 && node --test
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { callCustomer, ended, receiver } from "./calls.mjs";

const server = process.env.EXOMOCK_URL ?? "http://127.0.0.1:8080";
let exotel, callback;

async function control(method, path, body) {
  const answer = await fetch(`${server}/_exomock/${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`exomock: ${text}`);
  return text && JSON.parse(text);
}

const idle = () => control("POST", `accounts/${exotel.sid}/clock/advance`, { until: "idle" });

before(async () => {
  await new Promise((listening) => receiver.listen(0, "127.0.0.1", listening));
  callback = `http://127.0.0.1:${receiver.address().port}/`;
});
after(() => receiver.close());
beforeEach(async () => {
  // Each test has an account of its own, on a clock that stands still.
  exotel = { url: server, ...(await control("POST", "accounts", { clock: { rate: 0 } })) };
});

test("a customer who answers has talked", async () => {
  const sid = await callCustomer(exotel, "09822200002", callback);
  await idle();
  assert.equal(ended.get(sid), "completed");
});

test("a customer who is busy was not reached", async () => {
  const sid = await callCustomer(exotel, "09000000001", callback);
  await idle();
  assert.equal(ended.get(sid), "busy");
});

test("a number on the do-not-disturb list is refused", async () => {
  await assert.rejects(callCustomer(exotel, "09000000005", callback), /403/);
});
