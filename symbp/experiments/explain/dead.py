"""Units whose net input lies where their activation is flat: their delta is 0.

Input: a `Start`.  Output: a `Finding` for each layer that has such units, with the weights that get
no gradient, and one for the network that counts the weights that stay.  The derivation gives
delta = f'(net)*(..), so what is flat in the formula of f decides.  Imports slopes, start, scalars.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from symbp.experiments.explain.finding import Finding
from symbp.experiments.explain.slopes import LayerSlopes, layer_slopes
from symbp.experiments.explain.start import Start
from symbp.pipeline import derive
from symbp.scalars import EXPANDED_UP_TO, ScalarSystem, system_of

NET_DIGITS = 6
ALWAYS = {  # whether there is one sample only, and whether there are weights into the units
    (True, True): "finding.dead.one",
    (True, False): "finding.dead.one without weights",
    (False, True): "finding.dead.always",
    (False, False): "finding.dead.always without weights",
}


def dead_units(begun: Start, slopes: tuple[LayerSlopes, ...] | None = None) -> tuple[Finding, ...]:
    """Say which units have delta 0 at the start, for how many samples, and what that stops.

    Args:
        begun: The network where it starts.
        slopes: Of its layers, where the caller has them.

    >>> from symbp.experiments.explain.start import start
    >>> from symbp.spec import Network
    >>> net = Network(sizes=[1, 1], activation="relu",
    ...               example={"x": [1], "y": [1], "weights": [-1]})
    >>> print(dead_units(start(net))[0].text())
    Layer 1: relu is flat (z <= 0) at the net input of o1 (-1), so the delta there is 0, and \
these weights get no gradient: w1.
    """
    slopes = layer_slopes(begun) if slopes is None else slopes
    system = system_of(begun.network, derive(begun.network))
    found: list[Finding] = []
    for layer in slopes:
        found += _of_layer(begun, layer, system)
    if not found:
        return ()
    still = sum(int((begun.gradients[n] == 0).sum()) for n in begun.network.trained)
    return (*found, _unmoved(begun, system, still)) if still else tuple(found)


def _of_layer(begun: Start, layer: LayerSlopes, system: ScalarSystem) -> list[Finding]:
    import numpy as np

    findings = []
    alone = begun.samples == 1
    for flat in layer.flat:
        inside = flat.holds(layer.net)
        counts = inside.sum(axis=0)
        always = tuple(int(k) for k in np.flatnonzero(counts == len(inside)))
        sometimes = tuple(int(k) for k in np.flatnonzero((counts > 0) & (counts < len(inside))))
        evidence = {"layer": layer.layer, "always": always, "sometimes": sometimes,
                    "counts": counts, "samples": begun.samples, "flat": flat}  # fmt: skip
        base = {"layer": layer.layer, "activation": layer.activation, "flat": flat.text}
        if always:
            details = _silent(begun, layer, flat.value, always, system)
            into = _weights_into(begun, layer, always, system)
            values = base | {"units": _units(layer, always, system), "weights": into,
                             "count": begun.samples}  # fmt: skip
            evidence["weights"] = into
            if alone:
                values["net"] = [_short(layer.net[0, k]) for k in always]
            key = ALWAYS[alone, bool(into)]
            findings.append(Finding(key, values, evidence=evidence, details=details))
        if sometimes:
            values = base | {
                "units": [f"{name} ({counts[k]})" for k, name in
                          zip(sometimes, _units(layer, sometimes, system), strict=True)],
                "count": begun.samples,
            }  # fmt: skip
            findings.append(Finding("finding.dead.sometimes", values, evidence=evidence))
    return findings


def _short(value: float) -> Fraction | float:
    """A net input with six digits."""
    return float(f"{value:.{NET_DIGITS}g}")


def _units(layer: LayerSlopes, units: tuple[int, ...], system: ScalarSystem) -> list[str]:
    names = (system.name(layer.before, (0, k)) for k in units)
    return [name.removeprefix("net_").removesuffix("_s1") for name in names]


def _weights_into(
    begun: Start, layer: LayerSlopes, units: tuple[int, ...], system: ScalarSystem
) -> list[str]:
    """Trained numbers that act through the net input of these units only."""
    derivation, network = system.derivation, begun.network
    axis = derivation.quantities[layer.before].axes[1]
    uses = derivation.line(layer.before).equation.uses
    parameters = [
        n for n in sorted(uses, key=lambda n: -len(network.parameters.get(n, ())))
        if n in network.trained and derivation.quantities[n].axes[:1] == (axis,)
        and not _used_elsewhere(system, n, layer.before)
    ]  # fmt: skip
    return [
        system.name(name, place)
        for name in parameters
        for place in system.places(name)
        if place[0] in units
    ] if network.weight_count <= EXPANDED_UP_TO else [
        f"{name}[{k},:]" if len(network.parameters[name]) > 1 else f"{name}[{k}]"
        for name in parameters for k in units
    ]  # fmt: skip


def _used_elsewhere(system: ScalarSystem, name: str, here: str) -> bool:
    lines = (line.equation for line in system.derivation.forward)
    return any(name in e.uses and e.name != here for e in lines)


def _silent(
    begun: Start, layer: LayerSlopes, value: Any, units: tuple[int, ...], system: ScalarSystem
) -> tuple[Finding, ...]:
    """Weights out of units whose output is 0 for every sample get no gradient either."""
    derivation, network = system.derivation, begun.network
    name = f"A{layer.layer}"
    users = [line.equation for line in derivation.forward if name in line.equation.uses]
    if value != 0 or len(users) != 1 or not users[0].origin.endswith("dense"):
        return ()
    (weight,) = (u for u in users[0].uses if len(network.parameters.get(u, ())) == 2)
    if weight not in network.trained or _used_elsewhere(system, weight, users[0].name):
        return ()
    if network.weight_count <= EXPANDED_UP_TO:
        out = [system.name(weight, p) for p in system.places(weight) if p[1] in units]
    else:
        out = [f"{weight}[:,{k}]" for k in units]
    values = {"units": _units(layer, units, system), "weights": out}
    return (Finding("finding.dead.silent", values, evidence={"weights": tuple(out)}),)


def _unmoved(begun: Start, system: ScalarSystem, still: int) -> Finding:
    """How many trained numbers have gradient 0, from the generated module."""
    gradients: Mapping[str, Any] = begun.gradients
    whole = begun.network.weight_count
    values: dict[str, Any] = {"still": still, "whole": whole}
    if whole <= EXPANDED_UP_TO:
        moving = [w.name for w in system.weights if gradients[w.parameter][w.place] != 0]
        values |= {"moving": moving}
        key = "finding.dead.unmoved" if moving else "finding.dead.nothing moves"
        return Finding(key, values, evidence=values)
    return Finding("finding.dead.unmoved count", values, evidence=values)
