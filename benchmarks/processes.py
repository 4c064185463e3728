"""The parent's end of a worker: a process with its threads and cores, asked by lines of JSON."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.contenders import CONTENDERS

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180.0  # seconds for one answer; building may compile


def environment(threads: int) -> dict[str, str]:
    """What libraries read when they are imported, to use so many threads."""
    count = str(threads)
    names = ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR", "VECLIB_MAXIMUM")
    one = "--xla_cpu_multi_thread_eigen=false" if threads == 1 else ""
    return {
        **os.environ,
        **{f"{name}_NUM_THREADS": count for name in names},
        "BENCHMARK_THREADS": count,
        "XLA_FLAGS": one,
        "NPROC": count,
        "PJRT_NPROC": count,
        "JAX_PLATFORMS": "cpu",
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }


def cores(threads: int) -> set[int]:
    """The cores that a worker may run on: the last ones, as others tend to start with the first.

    Raises:
        ValueError: there are fewer cores than threads.
    """
    free = sorted(os.sched_getaffinity(0))
    if threads > len(free):
        raise ValueError(f"{threads} threads on {len(free)} cores; give at most {len(free)}")
    return set(free[-threads:])


class Worker:
    """One contender in a process of its own."""

    def __init__(self, kind: str, contender: str, case: str, threads: int) -> None:
        if contender not in CONTENDERS[kind]:
            raise ValueError(f"no contender {contender}; known are {', '.join(CONTENDERS[kind])}")
        allowed = cores(threads)
        self.contender = contender
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the process)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", kind, contender, case],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment(threads),
            cwd=ROOT,
            text=True,
            start_new_session=True,  # so that its compilers end with it
        )
        os.sched_setaffinity(self.process.pid, allowed)  # before it has started any thread

    def ask(self, do: str, patience: float = PATIENCE, **request: Any) -> Mapping[str, Any]:
        """Ask for one thing and wait for the answer; silence and death are answers too."""
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None or stdin.closed:
            return {"failed": "the process was ended before"}
        try:
            stdin.write(json.dumps({"do": do, **request}) + "\n")
            stdin.flush()
        except BrokenPipeError:
            return {"failed": f"the process ended: {self._last_words()}"}
        with selectors.DefaultSelector() as waiting:
            waiting.register(stdout, selectors.EVENT_READ)
            if not waiting.select(patience):
                self.close()
                return {"refused": "too slow", "reason": f"no answer to {do} in {patience:.0f} s"}
        line = stdout.readline()
        if not line:
            return {"failed": f"the process ended: {self._last_words()}"}
        found: dict[str, Any] = json.loads(line)
        return found

    def _last_words(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else f"exit code {self.process.wait()}"

    def close(self) -> None:
        """End the process and all that it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None and not pipe.closed:
                with suppress(BrokenPipeError):  # it died with a question unread
                    pipe.close()
        if not self.errors.closed:
            self.errors.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
