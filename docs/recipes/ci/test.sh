#!/bin/sh
# Any language, in CI: start exomock, place a call, let time pass, look at what was sent.
# Needs exomock, curl and Python (for a receiver of three lines).
set -eu
url=${EXOMOCK_URL:-http://127.0.0.1:8080}
account=ci-$$
json="Content-Type: application/json"
work=$(mktemp -d)

if [ -z "${EXOMOCK_URL:-}" ]; then
  exomock serve --seed 1 > "$work/exomock.log" 2>&1 &
  server=$!
fi
python3 -u -c '
import http.server
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode(), flush=True)
        self.send_response(200); self.end_headers()
    def log_message(self, *args): pass
with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
' > "$work/received" &
receiver=$!
trap 'kill $receiver ${server:-}; rm -r "$work"' EXIT
exomock health --url "$url" --wait 30
while ! [ -s "$work/received" ]; do sleep 0.1; done
port=$(head -n 1 "$work/received")

# An account of this run, on a clock that stands still.
curl -fsS "$url/_exomock/accounts" -H "$json" -d '{"sid": "'$account'", "key": "k", "token": "t", "clock": {"rate": 0}}'

# What your application does:
curl -fsS -u k:t "$url/v1/Accounts/$account/Calls/connect.json" \
  -d From=09811100001 -d To=09000000002 -d CallerId=08047112233 \
  -d "StatusCallback=http://127.0.0.1:$port/exotel" -d "StatusCallbackEvents[0]=terminal"

# The phone rings out, and the receiver has answered, before this returns.
curl -fsS "$url/_exomock/accounts/$account/clock/advance" -H "$json" -d '{"until": "idle"}' > "$work/went"

grep -q "no-answer" "$work/received" || { echo "the receiver was not told"; exit 1; }
curl -fsS -u k:t "$url/v1/Accounts/$account/Calls.json?Status=no-answer" | grep -q '"Status": "no-answer"'
curl -fsS -X DELETE "$url/_exomock/accounts/$account"
echo "a missed call is told, and listed"
