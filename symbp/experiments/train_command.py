"""`symbp train`: the loop with a progress bar, a summary, and files of what came out.

Input: a network and options.  Output: a table, files.  Imports command and terminal; the rest on
call.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symbp.command import command, flag
from symbp.errors import SymbpError
from symbp.option_words import Dtype
from symbp.spec import Network
from symbp.terminal import Show, console, waiting

if TYPE_CHECKING:
    from rich.table import Table

    from symbp.experiments.history import Run

TRAINING, FILES = "Training", "Files"
REFRESH = 0.1  # seconds between two changes of the progress bar
Paths = list[Path] | None


@command
def train(
    network: Network,
    data: Annotated[
        str | None,
        flag('A .csv, .npz or idx file, or "moons(noise=0.2)"; none: the example.', TRAINING),
    ] = None,
    labels: Annotated[Path | None, flag("The idx file of the labels.", TRAINING)] = None,
    steps: Annotated[int | None, flag("How many steps; 1000 without --epochs.", TRAINING)] = None,
    epochs: Annotated[int | None, flag("Passes over all samples, instead.", TRAINING)] = None,
    batch_size: Annotated[int | None, flag("Samples of a step; none: all.", TRAINING)] = None,
    optimizer: Annotated[
        str, typer.Option(help='As adam, or "adam(beta1=0.8)".', rich_help_panel=TRAINING)
    ] = "sgd",
    schedule: Annotated[
        str, typer.Option(help='As cosine, or "step_decay(size=500)".', rich_help_panel=TRAINING)
    ] = "constant",
    init: Annotated[
        str, typer.Option(help='As xavier, or "normal(std=0.5)".', rich_help_panel=TRAINING)
    ] = "given",
    init_seed: Annotated[
        int, typer.Option(help="Of --init and of mini-batches.", rich_help_panel=TRAINING)
    ] = 0,
    weight_decay: Annotated[
        float | None, flag("At least 0; none: the optimizer's own.", TRAINING)
    ] = None,
    clip_norm: Annotated[float | None, flag("Largest norm of the gradient.", TRAINING)] = None,
    dtype: Annotated[
        Dtype, typer.Option(help="float64 or float32.", rich_help_panel=TRAINING)
    ] = Dtype.float64,
    history: Annotated[
        Path | None, flag("Write every step to a .csv, .parquet or .npz file.", FILES)
    ] = None,
    save: Annotated[
        Path | None, flag("Write the parameters to an .npz file, for --weights.", FILES)
    ] = None,
    plot: Annotated[Paths, flag("Draw the loss: .png or .svg; repeatable.", FILES)] = None,
    plot_weights: Annotated[
        Paths, flag("Draw the weights: .png or .svg; repeatable.", FILES)
    ] = None,
    record_weights: Annotated[
        int | None, flag("Keep the weights every so many steps.", FILES)
    ] = None,
) -> None:
    """Train the network on its example or on data, with the generated code.

    Names are those of `symbp list optimizer`, initializer, dataset and schedule.

    Ctrl-C ends training after the step and keeps what was trained. Where a number is
    inf or NaN, training ends at once: the first such quantity is named, the parameters
    before that step are kept, and the exit code is 1.

    [bold]Examples[/]

      symbp train --steps 1

      symbp train examples/sine_fit_h10.toml --steps 5000 --plot loss.svg

      symbp train --sizes 2,4,1 --bias per-unit --data xor --init xavier --optimizer adam --lr 0.1

      symbp train mnist.toml --data images.gz --labels labels.gz --epochs 3 --batch-size 64
    """
    from symbp.checks import whole_number
    from symbp.experiments.curves import every, plot_loss
    from symbp.experiments.curves import plot_weights as draw_weights
    from symbp.experiments.data import notes, read
    from symbp.experiments.history_files import (
        check_history,
        check_weights,
        write_history,
        write_weights,
    )
    from symbp.experiments.training import MOST_STEPS, run, step_count
    from symbp.plotting import check_plot

    for path in plot or []:
        check_plot(path)
    for path in plot_weights or []:
        check_plot(path, "--plot-weights")
    if save is not None:
        check_weights(save)
    if record_weights is not None:
        whole_number(record_weights, "--record-weights", most=MOST_STEPS)
    samples = read(data, network, labels)
    count = step_count(steps, epochs, len(samples), batch_size)
    recorded = record_weights or (every(count) if plot_weights else 0)
    if history is not None:
        check_history(history, network.weight_count if recorded else 0)
    err = console(stderr=True)
    for note in notes(samples, network, dtype.value):
        err.print(f"note: {note}", markup=False)
    stop = Stop()
    with waiting() as show, stop:
        done = run(
            network, samples, optimizer=optimizer, init=init, seed=init_seed, steps=count,
            batch_size=batch_size, record_weights=recorded, callback=progress(show, count, stop),
            schedule=schedule, weight_decay=weight_decay, clip_norm=clip_norm, dtype=dtype.value,
        )  # fmt: skip
    what = f"{network.name}, {samples.name}, {optimizer}"
    console().print(summary(done, what))
    if done.overflow is not None:
        err.print(str(done.overflow), markup=False)
        err.print("The parameters before that step are kept. Take a smaller --lr, say.")
    jobs = [(save, lambda path: write_weights(path, done.final))]
    jobs += [(history, lambda path: write_history(path, done))]
    jobs += [(path, lambda path: plot_loss(path, network, done, what)) for path in plot or []]
    jobs += [
        (path, lambda path: draw_weights(path, network, done, what)) for path in plot_weights or []
    ]
    write_all(jobs)
    if done.overflow is not None:
        raise typer.Exit(1)


class Stop:
    """Ctrl-C, once training has begun: the first ends it after the step, the second at once.

    As a context it gives Ctrl-C back its usual meaning at the end.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def listen(self) -> None:
        """From now on; where this is not the main thread, Ctrl-C is not ours."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __enter__(self) -> Stop:
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)


def progress(show: Show, steps: int, stop: Stop) -> Callable[[int, float], bool]:
    """A callback that shows loss and speed, and ends training where Ctrl-C asked for it."""
    began = shown = time.perf_counter()

    def callback(done: int, loss: float) -> bool:
        nonlocal began, shown
        now = time.perf_counter()
        if done == 1:
            stop.listen()
            began = now
        elif now - shown > REFRESH:
            shown = now
            speed = (done - 1) / (now - began)
            show("training", done / steps, f"loss {loss:.4g}, {speed:,.0f} steps/s")
        return stop.asked

    return callback


def summary(run: Run, title: str) -> Table:
    """How a run went: steps, losses, time, speed, how it ended, accuracy."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", show_header=False)
    table.add_column()
    table.add_column(min_width=30)  # so that the time does not change the width
    steps = len(run.history)
    seconds = float(run.history.seconds[-1])
    rows = {
        "steps": f"{steps:,}, epochs {run.epochs:,}",
        "loss before": f"{run.initial_loss:.10g}",
        "loss after": f"{run.final_loss:.10g}",
        "accuracy": "" if run.accuracy is None else f"{run.accuracy:.2%}",
        "time": f"{seconds:.3g} s, {steps / seconds:,.0f} steps/s",
        "ended": {"stopped": "by Ctrl-C", "done": "done", "not finite": "not finite"}[run.ended],
    }
    for name, text in rows.items():
        if text:
            table.add_row(name, Text(text))
    return table


def write_all(jobs: Iterable[tuple[Path | None, Callable[[Path], None]]]) -> None:
    """Write every file that can be written; only then say what could not.

    Raises:
        SymbpError: the first that failed.
    """
    failed: list[SymbpError] = []
    for path, write in jobs:
        if path is None:
            continue
        try:
            write(path)
        except SymbpError as error:
            failed.append(error)
        else:
            console(stderr=True).print(f"wrote {path}", markup=False)
    if failed:
        raise failed[0]
