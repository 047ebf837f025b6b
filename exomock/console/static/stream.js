// The stream of what happens, read by hand: EventSource sends no Authorization, and tells nobody
// within two seconds that a connection is back.

import { api } from "./api.js";

const PAUSE = 500; // milliseconds before another try

// `last` is the id of the last event that is on the page already.
export async function follow(path, last, signal, { happened, lost, back, gone }) {
  let away = false;
  while (!signal.aborted) {
    try {
      const answer = await api("GET", path, { headers: last ? { "Last-Event-ID": last } : {}, signal });
      if (answer.status === 404) { gone(); return; }
      if (answer.status === 400) last = null; // the server began anew, and knows no such event
      if (!answer.ok) throw new Error(answer.status);
      if (away) back();
      away = false;
      for await (const event of events(answer.body)) {
        if (event.id) last = event.id;
        if (event.data) happened(event);
      }
    } catch { /* said below */ }
    if (signal.aborted) return;
    if (!away) lost();
    away = true;
    await new Promise((go) => setTimeout(go, PAUSE));
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
