// A Node application: it places calls, and hears how they end. No packages are needed.
import http from "node:http";

export const ended = new Map();

export async function callCustomer(exotel, to, callback) {
  const form = new URLSearchParams({
    From: "09811100001", To: to, CallerId: "08047112233", StatusCallback: callback,
    "StatusCallbackEvents[0]": "terminal",
    // JSON, because Node has no parser of multipart forms in its standard library.
    StatusCallbackContentType: "application/json",
  });
  const answer = await fetch(`${exotel.url}/v1/Accounts/${exotel.sid}/Calls/connect.json`, {
    method: "POST",
    headers: { Authorization: "Basic " + Buffer.from(`${exotel.key}:${exotel.token}`).toString("base64") },
    body: form,
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`Exotel: ${answer.status} ${body.RestException.Message}`);
  return body.Call.Sid;
}

// The receiver of StatusCallbacks.
export const receiver = http.createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const told = JSON.parse(text);
  ended.set(told.CallSid, told.Status);
  response.end();
});
