// The stream of what happens, read by hand: EventSource sends no Authorization, and tells nobody
// within two seconds that a connection is back.

import { api, asProblem } from "./api.js";

const PAUSE = 500; // milliseconds before another try
const FULL = 2000; // milliseconds before another try where the server has no place
const LASTS = 25; // seconds: a browser that has died without a word holds its place no longer

// `last` is the id of the last event that is on the page already.
export async function follow(path, last, signal, { happened, lost, full, back, gone }) {
  let away = false;
  while (!signal.aborted) {
    let pause = PAUSE;
    try {
      const answer = await api("GET", `${path}?brief=true&lasts=${LASTS}`, { headers: last ? { "Last-Event-ID": last } : {}, signal });
      if (answer.status === 404) { gone(); return; }
      if (answer.status === 400) last = null; // the server began anew, and knows no such event
      if (answer.status === 503) {
        full((await asProblem(answer)).detail);
        away = true;
        pause = FULL;
      } else {
        if (!answer.ok) throw new Error(answer.status);
        if (away) back();
        away = false;
        const began = performance.now();
        for await (const event of events(answer.body)) {
          if (event.id) last = event.id;
          if (event.data) happened(event);
        }
        // It has lasted its time; or the account or the server is ending, which the next try tells.
        pause = performance.now() - began < 1000 * (LASTS - 1) ? PAUSE : 0;
      }
    } catch {
      if (!away && !signal.aborted) lost();
      away = true;
    }
    if (!signal.aborted && pause) await new Promise((go) => setTimeout(go, pause));
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const whole = text.split("\n\n");
    text = whole.pop();
    for (const each of whole) yield Object.fromEntries(each.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
  }
}
