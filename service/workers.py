"""Several processes that answer on one socket, and the supervisor that keeps them running.

A worker beats once a second from its event loop. One that ends is replaced; one that is silent for too long hangs, is
made to say where, and is replaced as well. Every worker accepts from the same socket, which the supervisor holds, so
that a connection made while one is replaced is answered by another. Knows nothing of what is served.
"""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from service.failure import OperatorError
from service.settings import Settings

log = structlog.get_logger()

READY, BEAT = b"+", b"."
STOP_S = 15.0
"""How long a worker may take to stop, beyond its drain."""
START_S = 60.0
LONGEST_PAUSE_S = 30.0
"""The pause before a worker is replaced that ended soon after its start, which doubles each time, is at most this."""
STEADY_S = 10.0
LOOK_MS = 200
# What Python's fault handler writes when a process is aborted.
_FRAME = re.compile(rb'File "(?:[^"]*/)?([^"/]+)", line (\d+) in (\S+)')
_THREAD = b"(most recent call first)"
FRAMES_TOLD = 8

_STOP = (signal.SIGTERM, signal.SIGINT)


class WorkerError(OperatorError):
    """No worker could be started; it has told why itself."""

    def __init__(self, status: int) -> None:
        """End with the worker's status."""
        super().__init__("the workers do not start")
        self.exit_code = status  # type: ignore[misc]  # of this error, not of the class


class Worker:
    """One worker process, as its supervisor sees it."""

    def __init__(self, number: int, listener: socket.socket, workers: int) -> None:
        """Start the process."""
        self.number = number
        self.pulse, its_end = os.pipe()
        os.set_blocking(self.pulse, False)
        command = [sys.executable, "-m", "service", "worker", str(number), str(listener.fileno()), str(its_end)]
        self.process = subprocess.Popen(  # noqa: S603 (this very program)
            command,
            pass_fds=(listener.fileno(), its_end),
            env={**os.environ, "JUMELAGE_WORKERS": str(workers)},
            process_group=0,  # Ctrl-C reaches the supervisor alone, which stops the workers in order
        )
        os.close(its_end)
        self.started_at = self.beat_at = time.monotonic()
        self.ready = False
        self.stop_by: float | None = None
        self.said = b""

    def listen(self) -> None:
        """Take what came from the process: beats, or where it stood when it was aborted."""
        with suppress(BlockingIOError):
            while data := os.read(self.pulse, 65_536):
                self.beat_at = time.monotonic()
                self.ready = self.ready or READY in data
                self.said = (self.said + data.lstrip(BEAT + READY))[-65_536:]

    def silent(self, patience_s: float) -> bool:
        """Tell whether the process hangs."""
        return time.monotonic() - self.beat_at > (patience_s if self.ready else max(patience_s, START_S))

    def stop(self, within_s: float) -> None:
        """Ask the process to stop."""
        if self.stop_by is None:
            self.stop_by = time.monotonic() + within_s
            self.process.terminate()

    def abort(self) -> None:
        """End a process that hangs; it says where it stands before it dies."""
        for each in (signal.SIGABRT, signal.SIGCONT):  # one that was stopped dies only once it goes on
            self.process.send_signal(each)
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def stood_at(self) -> str | None:
        """Return the functions in which an aborted process stood, the inmost first."""
        main = self.said.rpartition(_THREAD)[2]  # told last, and the event loop's
        frames = _FRAME.findall(main)[:FRAMES_TOLD]
        return " < ".join(f"{file.decode()}:{line.decode()} {name.decode()}" for file, line, name in frames) or None

    def close(self) -> None:
        """Let go of an ended process."""
        os.close(self.pulse)


class Supervisor:
    """Keeps so many workers running."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        """Start nothing yet; see run()."""
        self.settings, self.listener = settings, listener
        self.workers: dict[int, Worker] = {}
        self.due: dict[int, float] = {}
        """When the workers that are missing are started."""
        self.pauses: dict[int, float] = {}
        self.to_renew: list[int] = []
        self.stopping = self.renewing = False

    def run(self, ready: Callable[[], None]) -> None:
        """Supervise until a signal says stop; call `ready` once every worker answers.

        Raises WorkerError where a worker ends before any has answered: another would not do better.
        """
        self.due = dict.fromkeys(range(1, self.settings.workers + 1), 0.0)
        told = False
        with self.signals():
            try:
                while self.workers or not self.stopping:
                    self.look(told=told)
                    if not told and len(self.workers) == self.settings.workers and all(self.answering()):
                        told = True
                        ready()
            finally:
                for worker in self.workers.values():  # only where this failed itself
                    worker.process.kill()

    def answering(self) -> Iterator[bool]:
        """Tell of each worker whether it answers."""
        return (worker.ready and worker.stop_by is None for worker in self.workers.values())

    def look(self, *, told: bool) -> None:
        """Do once what is to be done."""
        self.start_missing()
        poll = select.poll()
        for worker in self.workers.values():
            poll.register(worker.pulse, select.POLLIN)
        poll.poll(LOOK_MS)
        for worker in [*self.workers.values()]:
            worker.listen()
            if worker.process.poll() is not None:
                self.bury(worker, told=told)
            elif worker.stop_by is not None:
                if time.monotonic() > worker.stop_by:
                    log.error("a worker does not stop: killed", number=worker.number)
                    worker.process.kill()
            elif worker.silent(self.settings.worker_timeout_ms / 1000):
                log.error("a worker hangs: replaced", number=worker.number)
                worker.abort()
        self.stop_or_renew()

    def start_missing(self) -> None:
        """Start the workers that are due."""
        for number, due in [*self.due.items()]:
            if not self.stopping and time.monotonic() >= due:
                del self.due[number]
                self.workers[number] = Worker(number, self.listener, self.settings.workers)

    def bury(self, worker: Worker, *, told: bool) -> None:
        """Let go of a worker that ended, and see to another."""
        worker.listen()
        worker.close()
        del self.workers[worker.number]
        status = worker.process.returncode
        if self.stopping:
            return
        if worker.stop_by is not None:
            self.due[worker.number] = 0.0
            return
        if not told and status > 0:
            raise WorkerError(status)
        steady = time.monotonic() - worker.started_at > STEADY_S
        pause = 0.0 if steady else min(LONGEST_PAUSE_S, max(1.0, 2 * self.pauses.get(worker.number, 0.0)))
        self.pauses[worker.number] = pause
        self.due[worker.number] = time.monotonic() + pause
        log.error("a worker ended: replaced", number=worker.number, status=status, after_s=pause, at=worker.stood_at())

    def stop_or_renew(self) -> None:
        """Stop all where a signal said so; or replace one after the other, each once those before it answer."""
        if self.stopping:
            for worker in self.workers.values():
                worker.stop(self.settings.drain_ms / 1000 + STOP_S)
            return
        if self.renewing:
            self.renewing = False
            self.to_renew = sorted(self.workers)
            log.info("replacing every worker")
        if self.to_renew and not self.due and all(self.answering()):
            self.workers[self.to_renew.pop(0)].stop(self.settings.drain_ms / 1000 + STOP_S)

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as stop, SIGHUP as replace; what follows a stop again kills."""

        def stop(*_: object) -> None:
            if self.stopping:
                for worker in self.workers.values():
                    worker.process.kill()
            self.stopping = True

        def renew(*_: object) -> None:
            self.renewing = True

        before = {each: signal.signal(each, stop) for each in _STOP}
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, renew)
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


class Pulse:
    """A worker's end of the pipe: its beats, and where it stood if it is aborted."""

    def __init__(self, descriptor: int) -> None:
        """Have the process's death told into the pipe."""
        import faulthandler

        self.descriptor = descriptor
        os.set_blocking(descriptor, False)
        faulthandler.enable(descriptor)

    def ready(self) -> None:
        """Tell that requests are answered."""
        self.say(READY)

    def beat(self) -> bool:
        """Tell that the event loop runs; return False where nobody listens any more."""
        return self.say(BEAT)

    def say(self, what: bytes) -> bool:
        """Write into the pipe, unless it is full."""
        try:
            os.write(self.descriptor, what)
        except BlockingIOError:  # the supervisor is busy
            return True
        except OSError:
            return False
        return True
