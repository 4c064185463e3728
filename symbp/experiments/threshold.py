"""The largest learning rate at which gradient descent stays at a minimum: 2/lambda_max, measured.

Input: an objective whose module has second order.  Output: a `Minimum`, and a `Threshold` that is
found by running the generated module.  Imports numpy, curvature, objective, attained, progress and
errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from symbp.errors import SymbpError
from symbp.experiments.curvature import DENSE_UP_TO, Eigen, spectrum
from symbp.experiments.explain.attained import attained
from symbp.experiments.explain.finding import Finding
from symbp.experiments.objective import Objective
from symbp.progress import report
from symbp.spec import Network

# A gradient this small, against lambda_max times a displacement of 1, is a minimum's.
TOLERANCE = 1e-11
# Eigenvalues below this part of the largest are flat directions: rounding makes them what they are.
FLAT = 1e-9
NEWTON_STEPS = 500
DISPLACED, FACTOR, CHUNK, MOST_STEPS = 1e-6, 10.0, 10, 5_000
PRECISION, MOST_DOUBLINGS = 1e-3, 40


@dataclass(frozen=True, slots=True)
class Minimum:
    """A point where the gradient is zero and nothing curves downwards.

    Args:
        theta: Shape (P,).
        loss: There.
        gradient: Largest entry of the gradient there.
        eigen: All eigenvalues of the Hessian there, the largest first.
        newton_steps: How many the polish took.
    """

    theta: np.ndarray
    loss: float
    gradient: float
    eigen: Eigen
    newton_steps: int

    @property
    def critical(self) -> float:
        """2/lambda_max: above this rate gradient descent leaves."""
        return 2 / float(self.eigen.values[0])

    @property
    def flat(self) -> int:
        """In how many directions the loss does not curve."""
        return int(np.sum(np.abs(self.eigen.values) <= FLAT * self.eigen.values[0]))


@dataclass(frozen=True, slots=True)
class Threshold:
    """Between which rates gradient descent begins to leave a minimum.

    Args:
        returns: The largest rate tried at which it came back.
        leaves: The smallest tried at which it left.
        critical: 2/lambda_max, to compare with.
        runs: How many runs that took.
    """

    returns: float
    leaves: float
    critical: float
    runs: int

    @property
    def measured(self) -> float:
        """The threshold: the middle of the two rates."""
        return (self.returns + self.leaves) / 2

    @property
    def off(self) -> float:
        """How far the measured threshold is from 2/lambda_max, relative to it."""
        return abs(self.measured - self.critical) / self.critical


def threshold_of(
    network: Network, found: Objective, precision: float = PRECISION
) -> tuple[Finding, ...]:
    """Train to the minimum, find the threshold of the rate there, and say so.

    Where the loss is known to have no minimum, that is said instead.

    Args:
        network: With an example.
        found: Its objective, with second order.
        precision: As in `threshold`.

    Raises:
        SymbpError: no minimum was reached.
    """
    known = attained(network)
    if known.evidence["status"] in ("infimum", "unbounded"):
        return (known, Finding("finding.threshold.none"))
    bottom = minimum(found, trained(found))
    edge = threshold(found, bottom, precision)
    values = {
        "loss": f"{bottom.loss:.6g}", "returns": f"{edge.returns:.6g}",
        "leaves": f"{edge.leaves:.6g}", "critical": f"{edge.critical:.6g}",
        "off": f"{100 * edge.off:.2g}%",
    }  # fmt: skip
    evidence = {
        "returns": edge.returns, "leaves": edge.leaves, "critical": edge.critical,
        "off": edge.off, "runs": edge.runs, "loss": bottom.loss, "gradient": bottom.gradient,
        "lowest": float(bottom.eigen.values[-1]), "flat": bottom.flat,
        "newton_steps": bottom.newton_steps, "attained": known.evidence["status"],
    }  # fmt: skip
    return (Finding("finding.threshold.found", values, evidence=evidence),)


def trained(found: Objective, steps: int = 2000) -> np.ndarray:
    """Where the module's `train` is after some steps at the example's rate, shape (P,).

    The rate is halved while that is not finite.
    """
    rate = found.rate
    for _ in range(MOST_DOUBLINGS):
        theta, _ = found.descend(found.start, rate, steps)
        if np.isfinite(theta).all() and math.isfinite(found.loss(theta)):
            return theta
        rate /= 2
    text = f"training is not finite even at a rate of {rate:.3g}"
    raise SymbpError("minimum", text, "Start from smaller weights.")


def minimum(found: Objective, theta: np.ndarray, tolerance: float = TOLERANCE) -> Minimum:
    """Go from a trained point to the minimum nearby, by Newton's method with the exact Hessian.

    A step is -(|H| + m*1)^-1 g, where |H| has the absolute eigenvalues; m grows until the loss
    falls, or, where the loss is down to its rounding, until the gradient does.

    Args:
        found: Of at most 500 weights.
        theta: Where training ended, (P,).
        tolerance: The largest entry of the gradient may be this times lambda_max.

    Raises:
        SymbpError: too many weights; the gradient does not get that small; or what is found is no
            minimum, or has no direction that curves upwards.

    Source:
        Dauphin et al., Identifying and attacking the saddle point problem (2014): |H|; the
        growth of m as Levenberg (1944) and Marquardt (1963).
    """
    if found.size > DENSE_UP_TO:
        text = f"{found.size} weights, at most {DENSE_UP_TO} for Newton's method"
        raise SymbpError("minimum", text, "Take a smaller network.")
    damping, steps = 1e-3, 0
    loss, gradient = found.loss(theta), found.gradient(theta)
    eigen = spectrum(found, theta)
    while np.abs(gradient).max() > tolerance * max(eigen.values[0], 0) and steps < NEWTON_STEPS:
        steps += 1
        sizes = np.abs(eigen.values)
        along = eigen.vectors @ gradient
        while damping < 1e12:
            step = -eigen.vectors.T @ (along / (sizes + damping * sizes.max()))
            moved = theta + step
            lower, slope = found.loss(moved), found.gradient(moved)
            rounding = 1e-14 * abs(loss)
            falls = lower < loss - rounding
            level = lower <= loss + rounding and np.abs(slope).max() < np.abs(gradient).max()
            if falls or level:
                break
            damping *= 4
        else:
            break
        theta, loss, gradient = moved, lower, slope
        damping = max(damping / 16, 1e-15)
        eigen = spectrum(found, theta)
    return _checked(Minimum(theta, loss, float(np.abs(gradient).max()), eigen, steps), tolerance)


def _checked(found: Minimum, tolerance: float) -> Minimum:
    """The minimum, if it is one."""
    highest, lowest = float(found.eigen.values[0]), float(found.eigen.values[-1])
    where = "minimum"
    if highest <= 0:
        text = f"no direction curves upwards at loss {found.loss:.6g}: lambda_max is {highest:.3g}"
        raise SymbpError(where, text, "Start from other weights: these units may all be dead.")
    if found.gradient > tolerance * highest:
        text = (
            f"after {found.newton_steps} steps of Newton's method the gradient is"
            f" {found.gradient:.2e}, expected at most {tolerance * highest:.2e}"
        )
        raise SymbpError(where, text, "Train for longer, or see whether there is a minimum at all.")
    if lowest < -FLAT * highest:
        text = f"a saddle at loss {found.loss:.6g}: an eigenvalue is {lowest:.3g}"
        raise SymbpError(where, text, "Train for longer, or start from other weights.")
    return found


def comes_back(found: Objective, bottom: Minimum, rate: float) -> bool:
    """Whether gradient descent, started next to a minimum, comes back to it.

    It starts `DISPLACED` away along the top eigenvector.  It has come back when its distance along
    that vector is a tenth of that, and has left when it is ten times; where neither happens within
    5,000 steps, whether it is nearer than at the start decides.
    """
    vector = bottom.eigen.vectors[0]
    first = DISPLACED * (1 + float(np.linalg.norm(bottom.theta)))
    theta, distance = bottom.theta + first * vector, first
    for _ in range(MOST_STEPS // CHUNK):
        theta, _ = found.descend(theta, rate, CHUNK)
        distance = abs(float((theta - bottom.theta) @ vector))
        if not first / FACTOR <= distance <= FACTOR * first:  # NaN has left
            break
    return distance < first


def threshold(found: Objective, bottom: Minimum, precision: float = PRECISION) -> Threshold:
    """Find by bisection the rate at which gradient descent begins to leave a minimum.

    It starts from the rate of the example, doubled or halved until the threshold is between two.
    lambda_max plays no part: what decides is what the module's `train` does.

    Args:
        found: The objective.
        bottom: Its minimum.
        precision: Relative width of the bracket at the end.

    Raises:
        SymbpError: at no rate it comes back, or at none it leaves.
    """
    runs = 0

    def outcome(rate: float) -> bool:
        nonlocal runs
        runs += 1
        report("bisection", min(runs / 16, 1.0))
        return comes_back(found, bottom, rate)

    low, high = 0.0, math.inf
    rate = found.rate
    for _ in range(MOST_DOUBLINGS):
        if outcome(rate):
            low, rate = rate, rate * 2
        else:
            high, rate = rate, rate / 2
        if low > 0 and high < math.inf:
            break
    else:
        word = "leave" if low > 0 else "come back"
        text = f"gradient descent does not {word} at any rate tried, the last {rate:.3g}"
        raise SymbpError("threshold", text, "See whether this is a minimum that curves.")
    while high - low > precision * low:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if outcome(middle) else (low, middle)
    return Threshold(low, high, bottom.critical, runs)
