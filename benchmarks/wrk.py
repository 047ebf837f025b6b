"""Windows of load by wrk, where it is installed (Debian: `apt install wrk`)."""

import json
import math
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

THERE = shutil.which("wrk") is not None and os.environ.get("BENCH_CLIENT") != "python"
"""Whether wrk is used; `BENCH_CLIENT=python` does without."""

NAME = "wrk" if THERE else "Python (wrk is not used)"

# Whole requests, each after a line with its length. wrk gives the last figures to `done`.
_SCRIPT = """
local all, at = {}, 0
local file = assert(io.open(%s, "rb"))
for length in file:lines() do all[#all + 1] = file:read(tonumber(length)) end
file:close()
request = function() at = at %% #all + 1; return all[at] end
done = function(summary, latency)
  local bad = summary.errors
  io.write(string.format(
    '\\n{"requests": %%d, "micros": %%d, "p99": %%d, "bad": %%d}\\n',
    summary.requests, summary.duration, latency:percentile(99),
    bad.connect + bad.read + bad.write + bad.status + bad.timeout))
end
"""


class Failed(Exception):
    """Some answers were no success, or none came."""


def flood(
    port: int, requests: Sequence[bytes], seconds: float, connections: int
) -> tuple[float, float, float]:
    """Answers a second, the p99 in milliseconds, and wrk's share of a core."""
    with tempfile.TemporaryDirectory(prefix="exomock-wrk-") as folder:
        prepared, script = Path(folder) / "requests", Path(folder) / "flood.lua"
        prepared.write_bytes(b"".join(b"%d\n%b" % (len(each), each) for each in requests))
        script.write_text(_SCRIPT % json.dumps(str(prepared)))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        # One thread, so that the requests go out in their order, each once.
        ran = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{max(1, math.ceil(seconds))}s", "--timeout=30s",
             "-s", str(script), f"http://127.0.0.1:{port}/"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode:
        raise Failed(ran.stderr or ran.stdout)
    said = json.loads(ran.stdout.rstrip().rpartition("\n")[2])
    if said["bad"] or not said["requests"]:
        raise Failed(f"wrk: {said['bad']} of {said['requests']} answers were no success")
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    took = said["micros"] / 1e6
    return said["requests"] / took, said["p99"] / 1000, busy / took
