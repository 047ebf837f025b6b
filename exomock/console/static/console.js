// The console's one script: it makes pages live, and sends what a person does.
//
// Pages say in their markup what they need, and nothing here knows a page:
//   data-live="NAME"        a part that is asked for again (?part=NAME) when something has happened
//   data-send="METHOD PATH" a button or form that asks the control API, or v1
//   data-body='{...}'       what a button sends; a form sends its fields (a.b is nested)
//   data-with="ID"          a form whose fields a button sends beside its body
//   data-also="METHOD PATH" what a button asks after that
//   data-field="NAME"       a form that sends this one field, as a JSON text
//   data-then="URL"         where to go afterwards; {x} is a member of the answer
//   data-copy="TEXT"        a button that copies
//   data-download           a form that fetches a file; a browser sends no token with its address
//   data-module="URL"       a script of the page's own; its begin(signal) is called, if it has one
//   data-seconds, data-rate a length or a moment that grows with the account's clock

import { api, asProblem, keep, token } from "./api.js";
import { follow } from "./stream.js";
import { morph } from "./morph.js";

const said = (text) => { document.getElementById("said").textContent = text; };
let page = new AbortController();

// Live parts

const LEAST = 50; // milliseconds between two drawings: at most twenty a second
let asked = false, drawing = false, last = 0, took = 0;
let heard = null; // the newest event that the page has heard of, and has not drawn
let sure = false; // whether the page must be drawn as it is now, whatever was heard

// Without an event, whoever asks wants what is there now: a person has done something.
function changed(id) {
  if (id) heard = id; else sure = true;
  if (asked || document.hidden) { asked = true; return; }
  asked = true;
  setTimeout(draw, Math.max(0, last + Math.max(LEAST, 2 * took) - performance.now()));
}

async function draw() {
  if (drawing) return;
  drawing = true;
  asked = false;
  const began = performance.now(), after = sure ? null : heard;
  heard = null;
  sure = false;
  try {
    await refresh([...document.querySelectorAll("[data-live]")], after);
  } catch { /* the stream says that the connection is lost */ }
  drawing = false;
  last = performance.now();
  took = last - began;
  if (asked) {
    asked = false;
    if (sure || newer(heard, stand)) changed(sure ? null : heard);
  }
}

// Ids of events: when the server's counting began, and a number.
let stand = null; // the event after which what is shown was made
function newer(one, other) {
  const [[life, number], [known, most]] = [one, other].map((id) => (id ?? "").split("-"));
  return life !== known || Number(number) > Number(most);
}

// All parts of a page in one request: what they show is read once, and for all pages that have
// heard of the same event.
async function refresh(parts, after) {
  if (!parts.length) return;
  const url = new URL(location.href);
  url.searchParams.delete("part");
  url.searchParams.append("part", parts.map((part) => part.dataset.live).join());
  if (after) url.searchParams.append("heard", after);
  const answer = await api("GET", url.pathname + url.search, { signal: page.signal });
  if (answer.status === 404) return gone();
  if (!answer.ok) {
    if (answer.status < 500) said((await asProblem(answer)).detail);
    return;
  }
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").body.children;
  stand = answer.headers.get("X-Exomock-Stand");
  for (const part of parts) {
    const fresh = part.cloneNode(false);
    fresh.replaceChildren(...[...found].find((each) => each.dataset.part === part.dataset.live).childNodes);
    morph(part, fresh);
  }
  read();
}

function gone() {
  page.abort();
  document.getElementById("connection").textContent = "This account was deleted.";
}

// Clocks

let clocks = [];
function read() {
  const now = performance.now();
  clocks = [...document.querySelectorAll("[data-rate]")].map((element) => ({
    element,
    now,
    rate: Number(element.dataset.rate),
    at: element.tagName === "TIME" ? Date.parse(element.dateTime) : Number(element.dataset.seconds),
  }));
}

setInterval(() => {
  for (const { element, now, rate, at } of clocks) {
    if (!rate) continue;
    const passed = (performance.now() - now) / 1000 * rate;
    element.textContent = element.tagName === "TIME"
      ? ist(at + passed * 1000) : `${Math.floor(at + passed)} s`;
  }
}, 250);

// India's offset from UTC never changes.
const ist = (milliseconds) => new Date(milliseconds + 19800000).toISOString().slice(0, 19).replace("T", " ");

// What a person does

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link && token() && link.hasAttribute("download")) {
    event.preventDefault();
    download(link.href, link.download);
    return;
  }
  if (link && token() && link.origin === location.origin && link.pathname.startsWith(document.body.dataset.home) && !link.hasAttribute("download")) {
    event.preventDefault();
    visit(link.href);
    return;
  }
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.copy !== undefined) copy(button);
  else if (button.dataset.send && button.type !== "submit" || button.dataset.send && !button.form) send(button, bodyOf(button));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id === "unlock") { event.preventDefault(); unlock(form); return; }
  if (form.dataset.download !== undefined) {
    if (token()) { event.preventDefault(); download(form.action); }
    return;
  }
  if (!form.dataset.send) {
    if (!token()) return;
    event.preventDefault(); // a browser sends no token with the address of a form
    if (!form.hasAttribute("action")) return;
    const url = new URL(form.action);
    url.search = new URLSearchParams(new FormData(form));
    visit(url.href);
    return;
  }
  event.preventDefault();
  clear(form);
  const { field } = form.dataset;
  send(form, field ? JSON.stringify(form.elements[field].value) : fields(form));
});

function bodyOf(button) {
  const body = JSON.parse(button.dataset.body ?? "null");
  if (typeof body === "string") return JSON.stringify(body);
  if (!button.dataset.with) return body;
  const beside = fields(document.getElementById(button.dataset.with));
  return { ...beside, ...body, ...(beside.when && { when: { ...body.when, ...beside.when } }) };
}

// A browser sends no token with an address, so that a file is fetched. Its name is the server's.
async function download(address, name) {
  const answer = await api("GET", address);
  if (!answer.ok) { said((await asProblem(answer)).detail); return; }
  const file = document.createElement("a");
  const given = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))?.[1];
  file.download = given ?? (name || new URL(address).pathname.split("/").pop());
  file.href = URL.createObjectURL(await answer.blob());
  file.click();
  URL.revokeObjectURL(file.href);
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    said("Copied.");
  } catch {
    said("The browser does not allow copying here.");
  }
}

function fields(form) {
  const found = {};
  for (const element of form.elements) {
    if (!element.name || element.disabled || element.value === "" || (element.type === "checkbox" && !element.checked)) continue;
    const names = element.name.split("."), name = names.pop();
    let inside = found;
    for (const each of form.dataset.encoding === "form" ? [] : names) inside = inside[each] ??= {};
    inside[form.dataset.encoding === "form" ? element.name : name] = element.dataset.as === "number" ? Number(element.value) : element.value;
  }
  return found;
}

async function send(element, body) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  said("");
  const [method, pattern] = element.dataset.send.split(" ");
  const path = pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(element.elements[name].value));
  try {
    const answer = await api(method, path, { body, encoding: element.dataset.encoding, auth: element.dataset.auth });
    if (!answer.ok) return wrong(element, await asProblem(answer));
    const data = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (element.dataset.also) await api(...element.dataset.also.split(" "));
    tell(element.querySelector?.(".answer"), data);
    element.dispatchEvent(new CustomEvent("sent", { bubbles: true, detail: data }));
    said(element.dataset.done ?? "");
    if (element.dataset.then) visit(element.dataset.then.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(data[name])));
    else changed();
  } catch {
    said("The server cannot be reached.");
  } finally {
    element.removeAttribute("aria-busy");
  }
}

// What was answered, as a list of names and values, where a form has a place for it.
function tell(place, data) {
  if (!place) return;
  const list = document.createElement("dl");
  const add = (name, value) => {
    if (value !== null && typeof value === "object") { for (const [inner, each] of Object.entries(value)) add(inner, each); return; }
    for (const [tag, text] of [["dt", name], ["dd", value ?? ""]]) list.appendChild(document.createElement(tag)).textContent = text;
  };
  add("", data);
  place.replaceChildren(list);
}

function wrong(element, problem) {
  said(problem.detail);
  for (const [name, why] of Object.entries(problem.errors)) {
    const field = element.elements?.namedItem(name);
    if (!field) continue;
    const text = document.createElement("span");
    text.className = "error";
    text.id = `${field.id}-error`;
    text.textContent = why;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", text.id);
    field.after(text);
  }
  element.querySelector?.("[aria-invalid]")?.focus();
}

function clear(form) {
  form.querySelectorAll(".error").forEach((each) => each.remove());
  form.querySelectorAll("[aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
}

// Pages. With a token pages are fetched, because a browser sends none with an address.

async function unlock(form) {
  keep(form.elements.token.value);
  const answer = await api("GET", location.pathname + location.search);
  if (!answer.ok || answer.headers.has("X-Exomock-Locked")) {
    keep(null);
    said("That is not the control token.");
    return;
  }
  show(await answer.text(), location.href);
}

async function visit(url) {
  if (!token()) { location.assign(url); return; }
  const answer = await api("GET", url);
  history.pushState(null, "", url);
  show(await answer.text(), url);
}

// A step to another place of the same page changes nothing of it.
const path = (url) => String(url).split("#")[0];
let shown = path(location.href);
addEventListener("popstate", () => { if (token() && path(location.href) !== shown) visit(location.href); });

function show(text, url) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  shown = path(url);
  document.title = fresh.title;
  document.body.replaceWith(fresh.body);
  document.getElementById("main").focus();
  begin();
}

function begin() {
  page.abort();
  page = new AbortController();
  read();
  document.dispatchEvent(new CustomEvent("page"));
  const { signal } = page;
  document.querySelectorAll("[data-module]").forEach((each) => import(each.dataset.module).then(
    (module) => module.begin?.(signal),
    () => said("A script of this page could not be loaded; refresh it."),
  ));
  listen(document.body.dataset.since);
}

// A page that nobody sees follows nothing: a browser opens six connections to a server, and each
// stream takes one.
let listening = new AbortController(), seen = null;
function listen(since) {
  listening.abort();
  seen = since;
  const { stream } = document.body.dataset;
  if (document.hidden || !stream || !document.querySelector("[data-live]")) return;
  listening = new AbortController();
  const connection = document.getElementById("connection");
  follow(stream, since, AbortSignal.any([page.signal, listening.signal]), {
    happened: (event) => { seen = event.id ?? seen; changed(seen); },
    lost: () => { connection.textContent = "Connection lost"; },
    full: (why) => { connection.textContent = `This page does not follow what happens: ${why}`; },
    back: () => { connection.textContent = ""; changed(); },
    gone,
  });
}

document.addEventListener("visibilitychange", () => {
  if (page.signal.aborted) return; // the account is gone
  listen(seen);
  if (!document.hidden) { asked = false; changed(); }
});
begin();
