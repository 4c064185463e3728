"""What a training run leaves: its history, its parameters, and how it ended.

Input: nothing; training.py makes a `Run`.  Output: frozen types.  Imports overflow; numpy on call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from symbp.experiments.overflow import Overflow

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What happened at each step; arrays of one length, but for the weights.

    Args:
        step: Number of steps done before: 0, 1, ..
        epoch: Number of epochs done before.
        losses: Before the step, of its batch, in the loss's own unit.
        learning_rate: Of the step, after the schedule.
        seconds: From the start of training to the end of the step.
        weight_steps: Number of steps done where weights were recorded.
        weights: By name, each with one more axis in front, as long as weight_steps.
    """

    step: np.ndarray
    epoch: np.ndarray
    losses: np.ndarray
    learning_rate: np.ndarray
    seconds: np.ndarray
    weight_steps: np.ndarray
    weights: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.step)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A training run.

    Args:
        history: Of the steps that were done; the last may be the one that was not finite.
        initial: Parameters before, by name.
        final: Parameters after the last step that left them finite.
        initial_loss: Of `initial`, over all samples.
        final_loss: Of `final`, over all samples.
        ended: "done", "stopped" by the callback, or "not finite".
        overflow: What was not finite first; None if all was.
        accuracy: Share of samples whose class is right; None where targets are no classes.
    """

    history: History
    initial: Mapping[str, np.ndarray]
    final: Mapping[str, np.ndarray]
    initial_loss: float
    final_loss: float
    ended: Literal["done", "stopped", "not finite"]
    overflow: Overflow | None = None
    accuracy: float | None = None

    @property
    def epochs(self) -> int:
        """Passes over the samples that were begun."""
        return int(self.history.epoch[-1]) + 1
