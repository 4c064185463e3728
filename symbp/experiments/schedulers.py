"""Who computes the chunks of a sweep: this process, threads, processes, or a Dask cluster.

Input: jobs by number.  Output: the chunks, in whatever order they are done.  Dask on call.
Imports sweep, progress and errors.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from multiprocessing import get_context
from typing import Any

from symbp.errors import DependencyError, SpecError, SymbpError, unknown_name
from symbp.experiments.sweep import Sweep, Swept, run_chunk
from symbp.progress import report

SCHEDULERS = ("local", "threads", "processes", "tcp://HOST:PORT")
TASK = "sweep"
IN_FLIGHT = 256  # chunks that a cluster is given at a time
Chunks = Generator[tuple[int, Swept], None, None]


class SchedulerError(SymbpError):
    """Those who should compute cannot be reached, or are gone."""


def check_scheduler(name: str, timeout: float) -> None:
    """Refuse before any work is done.

    Raises:
        SpecError: not one of SCHEDULERS.
        DependencyError: Dask is not installed.
        SchedulerError: no Dask scheduler answers at that address in time.
    """
    if not _is_address(name):
        if name not in SCHEDULERS[:3]:
            raise unknown_name("--scheduler", "scheduler", name, SCHEDULERS)
        return
    if not re.fullmatch(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[^\s:/]+):[0-9]{1,5}", name):
        found = f"found '{name}', expected an address and a port"
        raise SpecError("--scheduler", found, "Write tcp://127.0.0.1:8786, say.")
    if importlib.util.find_spec("distributed") is None:
        found = "needs Dask Distributed, which is not installed"
        raise DependencyError("--scheduler", found, 'Run: pip install "symbp[dask]"')
    try:
        asyncio.run(asyncio.wait_for(_greeted(name, timeout), timeout))
    except Exception as error:  # whatever is at that address may answer anything
        found = f"no Dask scheduler answers within {timeout:g} s ({type(error).__name__})"
        remedy = "Start one with `dask scheduler`, or wait longer with --timeout."
        raise SchedulerError(f"--scheduler {name}", found, remedy) from None


def _is_address(name: str) -> bool:
    return re.match(r"(tcp|tls)://", name) is not None


async def _greeted(address: str, timeout: float) -> None:
    """Exchange the first words with a scheduler."""
    from distributed.comm import connect

    comm = await connect(address, timeout=timeout)
    await comm.close()


def compute(
    sweep: Sweep, numbers: Sequence[int], scheduler: str, workers: int | None, timeout: float
) -> Chunks:
    """Compute chunks, and tell `progress` how far they are.

    Args:
        sweep: Whose chunks.
        numbers: Which of them.
        scheduler: One of SCHEDULERS.
        workers: Of threads and processes; None takes a core each.
        timeout: Seconds within which a Dask scheduler must answer.

    Raises:
        SchedulerError: it does not answer in time, or those who compute are gone for good.
    """
    before = sweep.chunks - len(numbers)

    def told(done: float) -> None:
        report(TASK, (before + done) / sweep.chunks)

    if scheduler == "local":
        yield from _here(sweep, numbers, told)
        return
    if _is_address(scheduler):
        results = _dask(sweep, numbers, scheduler, timeout)
    else:
        results = _pool(sweep, numbers, scheduler, workers or os.cpu_count() or 1)
    for place, result in enumerate(results, 1):
        yield result
        told(place)


def _here(sweep: Sweep, numbers: Sequence[int], told: Callable[[float], None]) -> Chunks:
    """One chunk after the other; the bar moves inside a chunk, too."""
    steps = sweep.options.timing.steps
    often = max(1, steps // 100)
    for place, number in enumerate(numbers):

        def heard(step: int, place: int = place) -> None:
            if step % often == 0:
                told(place + step / steps)

        yield number, run_chunk(sweep.job(number), heard)
        told(place + 1)


def _pool(sweep: Sweep, numbers: Sequence[int], scheduler: str, workers: int) -> Chunks:
    """Threads or processes of this machine; few jobs at a time are made."""
    with _executor(scheduler, workers) as pool:
        waiting = list(reversed(numbers))
        running: dict[Any, int] = {}
        try:
            while waiting or running:
                while waiting and len(running) < 2 * workers:
                    number = waiting.pop()
                    running[pool.submit(run_chunk, sweep.job(number))] = number
                done = next(as_completed(running))
                yield running.pop(done), done.result()
        except BrokenProcessPool:
            found = "a process ended before its chunk was done"
            remedy = "Is there enough memory? With --save, finished chunks are kept: run it again."
            raise SchedulerError("--scheduler processes", found, remedy) from None


@contextmanager
def _executor(scheduler: str, workers: int) -> Iterator[Executor]:
    pool: Executor
    if scheduler == "threads":
        pool = ThreadPoolExecutor(workers)
    else:  # spawn: a fork would copy the locks of BLAS's threads
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _dask(sweep: Sweep, numbers: Sequence[int], address: str, timeout: float) -> Chunks:
    """A Dask cluster: a chunk whose worker is gone goes to another one."""
    from distributed import Client, KilledWorker
    from distributed import as_completed as completed
    from distributed.client import FutureCancelledError

    with Client(address, timeout=timeout, set_as_default=False) as client:
        waiting = list(reversed(numbers))
        running: dict[Any, int] = {}
        done = completed(loop=client.loop)
        try:
            while waiting or running:
                while waiting and len(running) < IN_FLIGHT:
                    number = waiting.pop()
                    future = client.submit(run_chunk, sweep.job(number), pure=False)
                    running[future] = number
                    done.add(future)
                future = next(done)
                result = future.result()
                yield running.pop(future), result
        except (KilledWorker, FutureCancelledError) as error:
            found = f"the cluster gave a chunk up ({type(error).__name__})"
            remedy = "Is there enough memory? With --save, finished chunks are kept: run it again."
            raise SchedulerError(f"--scheduler {address}", found, remedy) from None
        finally:
            client.cancel(list(running))


def all_chunks(
    sweep: Sweep, scheduler: str, workers: int | None, timeout: float,
    there: Callable[[int], Swept | None], kept: Callable[[int, Swept], None],
) -> list[Swept]:  # fmt: skip
    """Every chunk in order: those that are there, and the rest, each handed to `kept` when done."""
    found = {number: there(number) for number in range(sweep.chunks)}
    missing = [number for number, chunk in found.items() if chunk is None]
    if missing:
        with closing(compute(sweep, missing, scheduler, workers, timeout)) as chunks:
            for number, chunk in chunks:
                kept(number, chunk)
                found[number] = chunk
    return [chunk for chunk in found.values() if chunk is not None]
