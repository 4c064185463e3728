"""Schedules of the learning rate: functions that every generated module with a workspace has.

Input: nothing.  Output: SCHEDULES.  A row maps the functions of such a module, the number of steps
of the run and its options to a function of the learning rate and the number of steps done.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symbp.catalog.rows import NOT_NEGATIVE, POSITIVE, WHOLE, Domain, Option, Recipe

COUNT = Domain(
    "a whole number of at least 0", ("1000", "0"), lambda value: value >= 0 and value % 1 == 0
)


def _constant(module: Any, steps: int) -> Any:
    return module.constant


def _step_decay(module: Any, steps: int, size: int, gamma: float) -> Any:
    return module.step_decay(size, gamma)


def _cosine(module: Any, steps: int, total: float, least: float) -> Any:
    return module.cosine(int(total) or steps, least)


def _exponential(module: Any, steps: int, gamma: float) -> Any:
    return module.exponential(gamma)


SCHEDULES = (
    Recipe(
        name="constant",
        make=_constant,
        words="rate",
        source="the plainest",
    ),
    Recipe(
        name="step_decay",
        make=_step_decay,
        words="rate*gamma**floor(step/size)",
        source="torch.optim.lr_scheduler.StepLR",
        torch="torch.optim.lr_scheduler.StepLR",
        options=(Option("size", None, WHOLE), Option("gamma", Fraction("0.1"), POSITIVE)),
    ),
    Recipe(
        name="cosine",
        make=_cosine,
        words="least + (rate - least)*(1 + cos(pi*step/total))/2; total = 0: all steps of the run",
        source="Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5, without restarts",
        torch="torch.optim.lr_scheduler.CosineAnnealingLR",
        options=(
            Option("total", Fraction(0), COUNT, "T_max"),
            Option("least", Fraction(0), NOT_NEGATIVE, "eta_min"),
        ),
    ),
    Recipe(
        name="exponential",
        make=_exponential,
        words="rate*gamma**step",
        source="torch.optim.lr_scheduler.ExponentialLR",
        torch="torch.optim.lr_scheduler.ExponentialLR",
        options=(Option("gamma", None, POSITIVE),),
    ),
)
