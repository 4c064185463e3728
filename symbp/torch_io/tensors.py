"""Numbers of torch tensors, exact, and back.

Input: tensors, or nested tuples of fractions.  Output: the other.  A float is the fraction that it
is in binary: nothing is rounded on the way in.  Imports exact and errors; torch on call.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symbp.errors import DependencyError, SpecError
from symbp.exact import Tensor, exact

MOST_NUMBERS = 10_000_000


def torch_for(what: str) -> Any:
    """The torch package.

    Args:
        what: What needs it, for the error.

    Raises:
        DependencyError: it is not installed.
    """
    try:
        import torch
    except ImportError:
        remedy = 'Run: pip install "symbp[verify]"'
        raise DependencyError(what, "needs torch, which is not installed", remedy) from None
    return torch


def exact_tensor(value: Any, where: str) -> Tensor:
    """The numbers of a float32 or float64 tensor.

    Args:
        value: A tensor, on any device.
        where: Module and entry, for errors.

    Raises:
        SpecError: another dtype or layout, no numbers yet, too many, or one that is not finite.

    >>> import torch
    >>> exact_tensor(torch.tensor([[0.5, 0.1]]), "W")[0][1]
    Fraction(13421773, 134217728)
    """
    torch = torch_for("torch")
    if isinstance(value, torch.nn.parameter.UninitializedTensorMixin):
        raise SpecError(where, "has no shape yet", "Run the model once, on any input.")
    if value.dtype not in (torch.float32, torch.float64):
        found = f"found {value.dtype}, expected torch.float32 or torch.float64"
        raise SpecError(where, found, "Convert the model with .double().")
    if value.layout != torch.strided or value.is_meta or value.is_nested:
        kind = "meta" if value.is_meta else "nested" if value.is_nested else value.layout
        found = f"is a tensor without plain numbers ({kind})"
        raise SpecError(where, found, "Give dense tensors on a device.")
    if value.numel() > MOST_NUMBERS:
        found = f"{value.numel()} numbers, at most {MOST_NUMBERS}"
        raise SpecError(where, found, "Use smaller layers.")
    wrong = (~torch.isfinite(value.detach())).nonzero()
    if len(wrong):
        place = ",".join(map(str, wrong[0].tolist()))
        found = f"found {value.detach()[tuple(wrong[0])].item()}, expected a finite number"
        place = f"{where}[{place}]" if place else where
        raise SpecError(place, found, "Train with a smaller step, or set it.")
    return fractions_of(value.detach().cpu().double().tolist())


def fractions_of(value: Any) -> Tensor:
    """Nested lists of floats, each as the fraction that it is.

    >>> fractions_of([0.5, -0.25])
    (Fraction(1, 2), Fraction(-1, 4))
    """
    return tuple(map(fractions_of, value)) if isinstance(value, list) else Fraction(value)


def shortest(value: Any) -> Fraction:
    """The shortest decimal that is the same number in the dtype of a tensor of one number.

    >>> import torch
    >>> shortest(torch.tensor(0.3))
    Fraction(3, 10)
    """
    return exact(str(value.detach().cpu().reshape(()).numpy()), "torch")


def float_tensor(value: Tensor) -> Any:
    """A float64 tensor of exact numbers, each rounded once."""
    import torch

    return torch.tensor(_floats(value), dtype=torch.float64)


def _floats(value: Tensor) -> Any:
    return float(value) if isinstance(value, Fraction) else [_floats(v) for v in value]
