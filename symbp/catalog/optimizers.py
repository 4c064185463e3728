"""Optimizers: one recurrence and its source a row.

Input: nothing.  Output: OPTIMIZERS.  A recurrence is a list of assignments in g (the gradient),
theta (the parameters), learning_rate, weight_decay, t (the step, from 1), options and states: what
is read before it is assigned is kept from step to step.  Options and defaults are torch's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from symbp.catalog.rows import (
    FLAG,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    Option,
    Start,
    Value,
    Values,
    value_text,
)

Assignments = tuple[tuple[str, sp.Expr], ...]
WEIGHT_DECAY = "weight_decay"


def _letters(text: str) -> tuple[sp.Symbol, ...]:
    return sp.symbols(text, real=True, seq=True)  # type: ignore[no-any-return]


g, theta, learning_rate, weight_decay = _letters("g theta learning_rate weight_decay")
t = sp.Symbol("t", integer=True, positive=True)
GIVEN = (g, theta, learning_rate, weight_decay, t)
COUPLED = (("g", g + weight_decay * theta),)
DECOUPLED = (("theta", theta * (1 - learning_rate * weight_decay)),)


@dataclass(frozen=True, slots=True)
class Optimizer:
    """A row of the catalogue, or one with its options set (see choice.py).

    Args:
        name: As written behind --optimizer.
        recurrence: Maps every option but weight_decay, by name, to the assignments of a step.
        source: Paper or book with the recurrence.
        torch: Dotted name of the torch optimizer it must equal.
        torch_options: Keyword arguments of it beside the options.
        options: What may be set; weight_decay, which `train` takes too, is the last.
        decay: What weight decay assigns before all else.
        starts: What a state is at first, by the name of an option; 0 if it is not here.
        learned: None; an optimizer has no trained numbers.
        check: What is wrong with options that are right one by one; "" if nothing.
        text: As it was written, with the options set.
        values: The options that were set or have a default.
        letters: None; an optimizer names no constants.
    """

    name: str
    recurrence: Callable[..., Assignments]
    source: str
    torch: str
    torch_options: tuple[tuple[str, bool], ...] = ()
    options: tuple[Option, ...] = ()
    decay: Assignments = COUPLED
    starts: tuple[tuple[str, str], ...] = ()
    learned: tuple[Start, ...] = ()
    check: Callable[..., str] = lambda **values: ""
    text: str = ""
    values: Values = ()
    letters: tuple[str, ...] = ()

    @property
    def numbers(self) -> dict[str, Fraction]:
        """The options that are numbers."""
        return {name: v for name, v in self._set.items() if isinstance(v, Fraction)}

    @property
    def _set(self) -> dict[str, Value | None]:
        return {o.name: o.default for o in self.options} | dict(self.values)

    @property
    def update(self) -> Assignments:
        """The assignments of a step, in letters; an option that is 0 falls out.

        >>> from symbp import catalog
        >>> for name, formula in catalog.optimizer("momentum").update:
        ...     print(name, "=", formula)
        m = g + m*momentum
        theta = -learning_rate*m + theta
        """
        letters: dict[str, object] = dict(self._set)
        letters |= {n: sp.Symbol(n, positive=True) if v else sp.S.Zero
                    for n, v in self.numbers.items()}  # fmt: skip
        del letters[WEIGHT_DECAY]
        return self.recurrence(**letters)

    @property
    def states(self) -> tuple[str, ...]:
        """What is kept from step to step beside theta: read before it is assigned.

        >>> from symbp import catalog
        >>> catalog.optimizer("adam").states
        ('m', 'v')
        """
        made = {str(letter) for letter in GIVEN} | set(self.numbers)
        kept: list[str] = []
        for name, formula in self.update:
            read = sorted(str(s) for s in formula.free_symbols)
            kept += [letter for letter in read if letter not in (*made, *kept)]
            made.add(name)
        return tuple(kept)

    @property
    def label(self) -> str:
        """The name with the options that differ from their defaults.

        >>> from symbp import catalog
        >>> catalog.optimizer("adam").label
        'adam'
        """
        defaults = {o.name: o.default for o in self.options}
        given = {name: value for name, value in self.values if value != defaults[name]}
        text = ", ".join(f"{name}={value_text(value)}" for name, value in given.items())
        return f"{self.name}({text})" if text else self.name

    @property
    def is_plain(self) -> bool:
        """Whether a step is gradient descent, linear in the gradient and without a state."""
        return self.update == (("theta", theta - learning_rate * g),)


def _descent(step: sp.Expr) -> tuple[str, sp.Expr]:
    return "theta", theta - learning_rate * step


def _sgd() -> Assignments:
    return (_descent(g),)


def _momentum(momentum: sp.Expr, dampening: sp.Expr) -> Assignments:
    """The first step is not dampened, as in torch: 1 - dampening where t is above 1."""
    m, share = _letters("m share")
    if dampening == 0:
        return ("m", momentum * m + g), _descent(m)
    return (
        ("share", 1 - dampening * sp.Min(t - 1, 1, evaluate=False)),
        ("m", momentum * m + share * g),
        _descent(m),
    )


def _nesterov(momentum: sp.Expr) -> Assignments:
    (m,) = _letters("m")
    return ("m", momentum * m + g), _descent(g + momentum * m)


def _rmsprop(alpha: sp.Expr, eps: sp.Expr, momentum: sp.Expr, centered: bool) -> Assignments:
    v, mean, m = _letters("v mean m")
    found = [("v", alpha * v + (1 - alpha) * g**2)]
    if centered:
        found += [("mean", alpha * mean + (1 - alpha) * g)]
    step = g / (sp.sqrt(v - mean**2 if centered else v) + eps)
    if momentum == 0:
        return (*found, _descent(step))
    return (*found, ("m", momentum * m + step), _descent(m))


def _adagrad(lr_decay: sp.Expr, initial_accumulator_value: sp.Expr, eps: sp.Expr) -> Assignments:
    v, rate = _letters("v rate")
    return (
        ("v", v + g**2),
        ("rate", learning_rate / (1 + (t - 1) * lr_decay)),
        ("theta", theta - rate * g / (sp.sqrt(v) + eps)),
    )


def _adam(beta1: sp.Expr, beta2: sp.Expr, eps: sp.Expr, amsgrad: bool) -> Assignments:
    m, v, largest, rate, scale = _letters("m v largest rate scale")
    return (
        ("m", beta1 * m + (1 - beta1) * g),
        ("v", beta2 * v + (1 - beta2) * g**2),
        *((("largest", sp.Max(largest, v)),) if amsgrad else ()),
        ("rate", learning_rate / (1 - beta1**t)),
        ("scale", sp.sqrt(1 - beta2**t)),
        ("theta", theta - rate * m / (sp.sqrt(largest if amsgrad else v) / scale + eps)),
    )


def _decay(default: str = "0") -> Option:
    return Option(WEIGHT_DECAY, Fraction(default), NOT_NEGATIVE)


ADAM = (
    Option("beta1", Fraction("0.9"), SHARE, "betas"),
    Option("beta2", Fraction("0.999"), SHARE, "betas"),
    Option("eps", Fraction("1e-8"), NOT_NEGATIVE),
    Option("amsgrad", False, FLAG),
)
OPTIMIZERS = (
    Optimizer(
        name="sgd",
        recurrence=_sgd,
        source="Goodfellow, Bengio & Courville, Deep Learning (2016), algorithm 8.1",
        torch="torch.optim.SGD",
        options=(_decay(),),
    ),
    Optimizer(
        name="momentum",
        recurrence=_momentum,
        source="Polyak 1964; with the learning rate outside, as torch.optim.SGD",
        torch="torch.optim.SGD",
        options=(
            Option("momentum", Fraction("0.9"), NOT_NEGATIVE),
            Option("dampening", Fraction(0), SHARE),
            _decay(),
        ),
    ),
    Optimizer(
        name="nesterov",
        recurrence=_nesterov,
        source="Sutskever, Martens, Dahl & Hinton 2013, eq. 3-4; as torch.optim.SGD",
        torch="torch.optim.SGD",
        torch_options=(("nesterov", True),),
        options=(Option("momentum", Fraction("0.9"), POSITIVE), _decay()),
    ),
    Optimizer(
        name="rmsprop",
        recurrence=_rmsprop,
        source="Tieleman & Hinton, Lecture 6.5 (2012); centered: Graves 2013, arXiv:1308.0850",
        torch="torch.optim.RMSprop",
        options=(
            Option("alpha", Fraction("0.99"), SHARE),
            Option("eps", Fraction("1e-8"), NOT_NEGATIVE),
            Option("momentum", Fraction(0), NOT_NEGATIVE),
            Option("centered", False, FLAG),
            _decay(),
        ),
    ),
    Optimizer(
        name="adagrad",
        recurrence=_adagrad,
        source="Duchi, Hazan & Singer 2011, JMLR 12, section 1.2, diagonal",
        torch="torch.optim.Adagrad",
        options=(
            Option("lr_decay", Fraction(0), NOT_NEGATIVE),
            Option("initial_accumulator_value", Fraction(0), NOT_NEGATIVE),
            Option("eps", Fraction("1e-10"), NOT_NEGATIVE),
            _decay(),
        ),
        starts=(("v", "initial_accumulator_value"),),
    ),
    Optimizer(
        name="adam",
        recurrence=_adam,
        source="Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; amsgrad: arXiv:1904.09237",
        torch="torch.optim.Adam",
        options=(*ADAM, _decay()),
    ),
    Optimizer(
        name="adamw",
        recurrence=_adam,
        source="Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2",
        torch="torch.optim.AdamW",
        options=(*ADAM, _decay("0.01")),
        decay=DECOUPLED,
    ),
)
