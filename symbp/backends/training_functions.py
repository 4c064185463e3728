"""What training needs whatever the network: schedules, clipping, checks, files of arrays.

A module with a workspace gets the source of these functions as it stands here, so they import
numpy and the standard library only, and lines are at most 88 columns.
"""

import math
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np

Array = np.ndarray
# From the learning rate and the number of steps done to the learning rate of the next.
Schedule = Callable[[float, int], float]
CHUNK = 32768  # numbers that an update takes at once: they stay in the cache


def constant(learning_rate: float, step: int) -> float:
    """Return the learning rate as it is."""
    return learning_rate


def step_decay(size: int, gamma: float = 0.1) -> Schedule:
    """Return a schedule: times gamma after every `size` steps, as StepLR of torch."""
    check_whole("size", size, 1)
    check_number("gamma", gamma, 0)
    return lambda learning_rate, step: learning_rate * gamma ** (step // size)


def cosine(total: int, least: float = 0.0) -> Schedule:
    """Return a schedule: half a cosine down to `least`, as CosineAnnealingLR of torch.

    It is there after `total` steps, and goes up again behind them.
    """
    check_whole("total", total, 1)
    check_number("least", least, 0)

    def rate(learning_rate: float, step: int) -> float:
        share = (1 + math.cos(math.pi * step / total)) / 2
        return least + (learning_rate - least) * share

    return rate


def exponential(gamma: float) -> Schedule:
    """Return a schedule: times gamma after every step, as ExponentialLR of torch."""
    check_number("gamma", gamma, 0)
    return lambda learning_rate, step: learning_rate * gamma**step


def clip(gradient: Array, norm: float | None, value: float | None) -> None:
    """Clip the entries to -value .. value, then scale them to a norm of at most `norm`.

    As clip_grad_value_ and clip_grad_norm_ of torch.nn.utils do.
    """
    if value is not None:
        np.clip(gradient, -value, value, out=gradient)
    if norm is not None:
        found = math.sqrt(np.einsum("p,p->", gradient, gradient))
        if norm < found + 1e-6:
            np.multiply(gradient, norm / (found + 1e-6), out=gradient)


def cut(arrays: Sequence[Array], spare: int) -> list[tuple[Array, ...]]:
    """Return flat arrays in pieces, each with `spare` arrays for other results."""
    length = len(arrays[0])
    work = [np.empty(min(length, CHUNK), arrays[0].dtype) for _ in range(spare)]
    pieces = []
    for start in range(0, length, CHUNK):
        end = min(start + CHUNK, length)
        spares = (w[: end - start] for w in work)
        pieces.append((*(a[start:end] for a in arrays), *spares))
    return pieces


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise an error unless it is a whole number from least to most."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is {value!r}, expected a whole number")
    if value < least or (most is not None and value > most):
        upto = "or more" if most is None else f"to {most}"
        raise ValueError(f"{name} is {value}, expected {least} {upto}")


def check_number(name: str, value: object, least: float = -math.inf) -> None:
    """Raise an error unless it is a finite number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} is {value!r}, expected a number")
    if not np.isfinite(value) or value < least:
        bound = "" if least == -math.inf else f" of at least {least}"
        raise ValueError(f"{name} is {value}, expected a finite number{bound}")


def check_options(
    learning_rate: float,
    steps: int,
    seed: int,
    weight_decay: float,
    clips: Mapping[str, float | None],
    functions: Mapping[str, object],
) -> None:
    """Raise an error for the first option of `train` that cannot be one."""
    check_number("learning_rate", learning_rate)
    check_whole("steps", steps, 0)
    check_whole("seed", seed, 0, 2**32 - 1)
    check_number("weight_decay", weight_decay, 0)
    for name, most in clips.items():
        if most is not None:
            check_number(name, most)
            if most <= 0:
                raise ValueError(f"{name} is {most}, expected None or above 0")
    for name, function in functions.items():
        if not callable(function):
            raise TypeError(f"{name} is {function!r}, expected a function")


def write_arrays(path: str | os.PathLike[str], arrays: Mapping[str, Array]) -> None:
    """Write arrays to an .npz file: all of it, or the file is as it was."""
    temporary = f"{os.fspath(path)}.{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "xb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def read_arrays(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Return the arrays of an .npz file; nothing in it is run.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is no .npz file, or a part of one.
    """
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except Exception as error:  # whatever it is, the file is at fault
            text = f"{os.fspath(path)} is no .npz file, or is cut off ({error})"
            raise ValueError(text) from error
