// The editor of a scenario: what is wrong stands beside its line, as one types.

import { api } from "./api.js";

const PAUSE = 250; // milliseconds without a key before the text is checked

export function begin(signal) {
  const text = document.getElementById("yaml");
  let waits = 0, asked = new AbortController();
  const typed = () => {
    number(text);
    clearTimeout(waits);
    waits = setTimeout(async () => {
      asked.abort();
      asked = new AbortController();
      try {
        const answer = await api("POST", "/_exomock/scenario-check", { body: JSON.stringify(text.value), signal: asked.signal });
        if (answer.ok) show(text, (await answer.json()).problems);
      } catch { /* a later text is checked already, or the stream says that the connection is lost */ }
    }, PAUSE);
  };
  text.addEventListener("input", typed, { signal });
  document.getElementById("mistakes").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) go(text, Number(button.dataset.line), Number(button.dataset.column));
  }, { signal });
  typed();
}

function number(text) {
  const lines = text.value.split("\n").length;
  text.rows = Math.max(lines + 1, 12);
  const numbers = document.getElementById("numbers");
  while (numbers.children.length > lines) numbers.lastChild.remove();
  while (numbers.children.length < lines) numbers.appendChild(document.createElement("li"));
}

function show(text, problems) {
  const byLine = Map.groupBy ? Map.groupBy(problems, (each) => each.line) : grouped(problems);
  const lines = Math.max(text.value.split("\n").length, ...byLine.keys());
  const rows = [];
  for (let line = 1; line <= lines; line++) {
    const row = document.createElement("li");
    for (const each of byLine.get(line) ?? []) row.appendChild(mistake(each));
    rows.push(row);
  }
  document.getElementById("mistakes").replaceChildren(...rows);
  [...document.getElementById("numbers").children].forEach((each, index) => each.classList.toggle("wrong", byLine.has(index + 1)));
  text.setAttribute("aria-invalid", problems.length > 0);
  const first = problems[0];
  document.getElementById("verdict").textContent = first
    ? `${problems.length === 1 ? "One mistake" : `${problems.length} mistakes`}; the first in line ${first.line}.`
    : "Nothing is wrong with it.";
}

function mistake({ line, column, key, problem }) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.line = line;
  button.dataset.column = column;
  button.textContent = button.title = `Line ${line}: ${key ? `${key}: ` : ""}${problem}`;
  return button;
}

function grouped(problems) {
  const found = new Map();
  for (const each of problems) found.set(each.line, [...(found.get(each.line) ?? []), each]);
  return found;
}

function go(text, line, column) {
  const before = text.value.split("\n").slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  text.focus();
  text.setSelectionRange(before + column - 1, before + column - 1);
}
