// Requests to exomock: the control API in JSON, v1 as a form; the token is kept in memory only.

let kept = null;
export const token = () => kept;
export const keep = (value) => { kept = value; };

export function api(method, path, { body = null, encoding = "json", auth = null, headers = {}, signal } = {}) {
  const sent = { ...headers };
  let content;
  if (auth) sent.Authorization = `Basic ${btoa(auth)}`;
  else if (kept) sent.Authorization = `Bearer ${kept}`;
  if (body !== null && method !== "GET") {
    content = encoding === "form" ? new URLSearchParams(body) : typeof body === "string" ? body : JSON.stringify(body);
    sent["Content-Type"] ??= encoding === "form" ? "application/x-www-form-urlencoded" : "application/json";
  }
  return fetch(path, { method, body: content, headers: sent, signal, cache: "no-store" });
}

// What went wrong, of the control API (RFC 9457) and of v1 alike.
export async function asProblem(answer) {
  const data = await answer.json().catch(() => ({}));
  const why = answer.headers.get("X-Exomock-Why");
  const detail = data.detail ?? [data.RestException?.Message, why].filter(Boolean).join(" (") ?? "";
  const errors = {};
  for (const [name, each] of Object.entries(data.errors ?? {})) errors[name] = [each].flat(9).join("; ");
  for (const [name, each] of named([why, data.detail])) errors[name] ??= each;
  return { detail: detail || `${answer.status} ${answer.statusText}`, errors };
}

// Sentences such as "From: expected a number; To: ..." by the field that each is about.
function named(texts) {
  const found = [];
  for (const part of texts.filter(Boolean).join("; ").split("; ")) {
    const [, name, says] = part.match(/^([A-Za-z][\w.]*): (.+)$/s) ?? [];
    if (name) found.push([name, says]);
    else if (found.length) found.at(-1)[1] += `; ${part}`;
  }
  return found;
}
