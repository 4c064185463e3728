"""What torch autograd gets in float64, and how far a contender is from it.

Input: a case.  Output: the parameters after a few steps (in a sweep, the losses of the checked
runs).  The loop is written out here: it shares nothing with the contenders but the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.networks import Arrays, Case

STEPS = 3  # the check covers what a step leaves behind for the next one
# Of the norm of what three steps change.  In float32 a sample near a kink of relu may fall on
# either side of it, which moves the gradients of one unit; without that 3e-5 was the most.
TOLERANCES = {"float64": 1e-9, "float32": 1e-3}


def reference(case: Case, steps: int = STEPS) -> Arrays:
    """Parameters after so many steps; of a sweep E, the checked runs' losses before the last."""
    if not case.rates:
        return _trained(case, steps, case.learning_rate)[0]
    runs = [_trained(case, steps, case.rates[run])[1] for run in case.checked]
    return {"E": np.array(runs)}


def _trained(case: Case, steps: int, rate: float) -> tuple[Arrays, float]:
    """The parameters, and the loss before the last step."""
    import torch

    functional = torch.nn.functional
    data = case.data()
    X = torch.from_numpy(data.X).double()
    T = torch.from_numpy(data.T)
    T = T if case.loss == "cross_entropy" else T.double()
    p = {k: torch.from_numpy(v).double().requires_grad_() for k, v in data.params.items()}
    value = float("nan")
    for _ in range(steps):
        A = X
        for k, name in enumerate(case.activations(), 1):
            Z = functional.linear(A, p[f"W{k}"], p.get(f"b{k}"))
            A = Z if name == "identity" else getattr(functional, name)(Z)
        loss = {
            "half_sse": lambda P: (P - T).square().sum() / 2,
            "mse": lambda P: functional.mse_loss(P, T),
            "cross_entropy": lambda P: functional.cross_entropy(P, T),
        }[case.loss](A)
        value = loss.item()
        grads = torch.autograd.grad(loss, list(p.values()))
        p = {
            k: (w - rate * g).detach().requires_grad_()
            for (k, w), g in zip(p.items(), grads, strict=True)
        }
    return {k: w.detach().numpy() for k, w in p.items()}, value


def distance(case: Case, found: Mapping[str, np.ndarray], wanted: Arrays) -> float:
    """The largest relative error: of what the steps changed, or of the losses of a sweep.

    Infinite where an array is missing, has another shape, or is not finite.

    >>> case = Case((1, 1), 1, loss="mse", dtype="float64")
    >>> wanted = {k: v + 1 for k, v in case.data().params.items()}
    >>> distance(case, wanted, wanted), distance(case, {}, wanted)
    (0.0, inf)
    """
    if case.rates:
        E = np.asarray(found.get("E", np.nan), float).ravel()
        E = E[list(case.checked)] if E.size == case.runs else E
        fits = E.shape == wanted["E"].shape and np.isfinite(E).all()
        return float(np.max(np.abs(E / wanted["E"] - 1))) if fits else float("inf")
    first = case.data().params
    errors = []
    for name, want in wanted.items():
        value = np.asarray(found.get(name, np.nan), float)
        if value.shape != want.shape or not np.isfinite(value).all():
            return float("inf")
        errors.append(np.linalg.norm(value - want) / np.linalg.norm(want - first[name]))
    return float(max(errors))
