"""Requests at full speed over a few connections that stay open, and what came of them.

Sent by wrk, in turn and over again. Knows requests, and nothing of what they ask.
"""

import json
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# A contestant that is slow is waited for; what it takes is what is measured.
PATIENCE_S = 60
NO_WRK = "wrk sends the load: install it (on Debian: apt install wrk)"


@dataclass(frozen=True)
class Request:
    """A request to a server of this machine; with a body it is a POST of JSON."""

    path: str
    body: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a load."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    bytes: int


def ask(port: int, request: Request, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the body of one answer."""
    sent = {"content-type": "application/json"} if request.body else {}
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{request.path}", request.body.encode() or None, {**sent, **(headers or {})}
    )
    with urllib.request.urlopen(asked) as response:  # noqa: S310 (an address of this machine)
        body: bytes = response.read()
    return body


def etag(port: int, request: Request) -> str | None:
    """Return the ETag of an answer, where there is one."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{request.path}") as response:
        tag: str | None = response.headers.get("etag")
    return tag


# The requests are written once, before the load begins: wrk's script then only hands them out.
_LUA = """
local requests, order, at = {}, {}, 0
function init()
  for line in io.lines(%s) do
    local path, body = line:match("^([^\\t]*)\\t(.*)$")
    if body == "" then requests[#requests + 1] = wrk.format("GET", path)
    else requests[#requests + 1] = wrk.format("POST", path, nil, body) end
  end
  for line in io.lines(%s) do order[#order + 1] = tonumber(line) + 1 end
end
function request()
  at = at %% #order + 1
  return requests[order[at]]
end
function done(summary, latency)
  local e, seconds = summary.errors, summary.duration / 1e6
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.stderr:write(string.format(
    '{"requests": %%d, "per_second": %%f, "p50_ms": %%f, "p99_ms": %%f, "bytes": %%d, "errors": %%d}',
    summary.requests, summary.requests / seconds, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.bytes, errors))
end
"""


def load(
    port: int,
    requests: Sequence[Request],
    connections: int,
    seconds: float,
    headers: Mapping[str, str] | None = None,
    order: Sequence[int] | None = None,
) -> Outcome:
    """Send the requests in turn, or in an order of their numbers, over and over.

    Raises RuntimeError if one was refused, or wrk is not there.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError(NO_WRK)
    sent = {"content-type": "application/json", **(headers or {})}
    with tempfile.TemporaryDirectory() as folder:
        script, lines, numbers = (Path(folder) / name for name in ("load.lua", "requests", "order"))
        lines.write_text("".join(f"{request.path}\t{request.body}\n" for request in requests))
        numbers.write_text("".join(f"{number}\n" for number in (order or range(len(requests)))))
        script.write_text(_LUA % (json.dumps(str(lines)), json.dumps(str(numbers))))
        command = [wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script)]
        command += ["--timeout", f"{PATIENCE_S}s"]
        command += [part for name, value in sent.items() for part in ("-H", f"{name}: {value}")]
        finished = subprocess.run([*command, f"http://127.0.0.1:{port}"], check=True, capture_output=True, text=True)
    told = json.loads(finished.stderr)
    if errors := told.pop("errors"):
        raise RuntimeError(f"{errors} of {told['requests']} requests like {requests[0]} failed under load")
    return Outcome(**told)
