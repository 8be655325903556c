"""Requests at full speed over a few connections that stay open, and what came of them.

Sent by wrk where it is installed, else by a small client in a process of its own. Knows one request.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Request:
    """A request to a server of this machine; with a body it is a POST of JSON."""

    port: int
    path: str
    body: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a load."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float


def sender() -> str:
    """Name what sends the load."""
    return "wrk" if shutil.which("wrk") else "bench.load"


def load(request: Request, connections: int, seconds: float) -> Outcome:
    """Send the request over and over. Raises RuntimeError if any answer was no 200."""
    run = _wrk if shutil.which("wrk") else _own
    told = json.loads(run(request, connections, seconds))
    if told.pop("errors"):
        raise RuntimeError(f"{request.path} answered with errors under load")
    return Outcome(**told)


_LUA = """
wrk.method, wrk.body = %s, %s
wrk.headers["content-type"] = "application/json"
done = function(summary, latency)
  local e, seconds = summary.errors, summary.duration / 1e6
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.stderr:write(string.format(
    '{"requests": %%d, "per_second": %%f, "p50_ms": %%f, "p99_ms": %%f, "errors": %%d}',
    summary.requests, summary.requests / seconds, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, errors))
end
"""


def _wrk(request: Request, connections: int, seconds: float) -> str:
    method, body = ("'POST'", json.dumps(request.body)) if request.body else ("'GET'", "nil")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_LUA % (method, body))
        script.flush()
        url = f"http://127.0.0.1:{request.port}{request.path}"
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", script.name, url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def _own(request: Request, connections: int, seconds: float) -> str:
    given = json.dumps([request.port, request.path, request.body, connections, seconds])
    command = [sys.executable, "-m", "bench.load", given]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


async def _send(port: int, path: str, body: str, connections: int, seconds: float) -> dict[str, float]:
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body.encode())}\r\n" if body else ""
    text = f"{head}\r\n{body}".encode()
    took: list[float] = []
    errors = 0
    deadline = time.perf_counter() + seconds

    async def connection() -> None:
        nonlocal errors
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < deadline:
            writer.write(text)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(answer.partition(b"content-length:")[2].split(b"\r\n")[0]))
            errors += not answer.startswith(b"http/1.1 200")
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    took.sort()
    at = {f"p{share}_ms": took[len(took) * share // 100] * 1e3 for share in (50, 99)}
    return {"requests": len(took), "per_second": len(took) / seconds, "errors": errors, **at}


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(_send(*json.loads(sys.argv[1])))))
