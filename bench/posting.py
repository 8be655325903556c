"""Bodies posted once each at full speed over a few connections, from a process of its own.

Knows HTTP. Knows nothing of what is posted.
"""

import asyncio
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

ROOT = Path(__file__).parent.parent


def post_all(port: int, key: str, bodies: Sequence[bytes], connections: int, wanted: bytes) -> float:
    """Post the bodies and return the seconds that it took. Raises CalledProcessError where an answer lacks the text."""
    given = pickle.dumps((port, key, bodies, connections, wanted))
    command = [sys.executable, "-m", "bench.posting"]
    return float(subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True, cwd=ROOT).stdout)


async def _post(port: int, key: str, bodies: list[bytes], connections: int, wanted: bytes) -> float:
    head = "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    head += f"authorization: Bearer {key}\r\ncontent-length: "
    requests = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in reversed(bodies)]
    began = time.perf_counter()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        while requests:
            writer.write(requests.pop())
            headers = (await reader.readuntil(b"\r\n\r\n")).lower()
            answer = await reader.readexactly(int(headers.partition(b"content-length:")[2].split(b"\r\n")[0]))
            if wanted not in answer:
                raise RuntimeError(f"answered: {answer[:500].decode()}")
        writer.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(connection())
    return time.perf_counter() - began


if __name__ == "__main__":
    print(uvloop.run(_post(*pickle.loads(sys.stdin.buffer.read()))))  # noqa: S301 (from our own process)
