"""Check what a module of second order has beside its gradients, against torch.func.

Input: a module of either style and a network with numbers.  Output: comparisons, one a function
and parameter; none for a module without such functions.  Imports numpy and this package.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType

import numpy as np

from symbp.layers import SAMPLES
from symbp.scalars import ScalarSystem
from symbp.spec import Network
from symbp.verify.module import call, columns, places_of
from symbp.verify.report import Comparison, compare
from symbp.verify.torch_second_order import TorchSecondOrder

Arrays = Mapping[str, np.ndarray]
TOLERANCE = 1e-10


def product_rows(
    module: ModuleType,
    network: Network,
    system: ScalarSystem,
    point: tuple[np.ndarray, np.ndarray, Arrays],
    where: str,
) -> Iterator[Comparison]:
    """Compare every product of a module along a direction that is drawn from seed 0.

    Args:
        module: In array style with `hvp`, or by name with `hessian_products`.
        network: What torch builds.
        system: Gives places to scalar names, for one sample.
        point: X, T and the parameters.
        where: Name of the module, for errors.
    """
    X, T, parameters = point
    stream = np.random.default_rng(0)
    v = {name: stream.normal(size=parameters[name].shape) for name in network.trained}
    oracle = TorchSecondOrder(network, X, T, parameters)
    if hasattr(module, "hvp"):
        found = call(where, "hvp", module.hvp, dict(parameters), X, T, v)
        yield from compare("torch, hvp", found, oracle.hvp(v), TOLERANCE)
    if hasattr(module, "gnvp"):
        found = call(where, "gnvp", module.gnvp, dict(parameters), X, T, v)
        yield from compare("torch, gnvp", found, oracle.gnvp(v), TOLERANCE)
    if hasattr(module, "jacobian"):
        found = call(where, "jacobian", module.jacobian, dict(parameters), X)
        yield from compare("torch, jacobian", found, oracle.jacobian(), TOLERANCE)
    if hasattr(module, "hessian_products") and not hasattr(module, "WEIGHTS"):
        # Two runs, of which the second goes the other way.
        both = {name: np.stack([value, -value]) for name, value in v.items()}
        given = {n: np.stack([p, p]) if n in v else p for n, p in parameters.items()}
        found = call(where, "hessian_products", module.hessian_products, given, X, T, both)
        wanted = {n: np.stack([h, -h]) for n, h in oracle.hvp(v).items()}
        yield from compare("torch, hessian_products", found, wanted, TOLERANCE)
    elif hasattr(module, "hessian_products"):
        by_name, alone = _by_name(module, network, system, point, v, where)
        yield from compare("torch, hessian_products", by_name, alone, TOLERANCE)


def _by_name(
    module: ModuleType,
    network: Network,
    system: ScalarSystem,
    point: tuple[np.ndarray, np.ndarray, Arrays],
    v: Arrays,
    where: str,
) -> tuple[Arrays, Arrays]:
    """Each sample is a run; torch sees it alone."""
    X, T, parameters = point
    places = places_of(system)
    w, x, y = columns(system, module.WEIGHTS, parameters, X, T)
    along = [v[places[name][0]][places[name][1]] for name in module.TRAINED]
    hv = call(where, "hessian_products", module.hessian_products, w, x, y, along)
    found = {name: np.full((len(X), *v[name].shape), np.nan) for name in v}
    for name, row in zip(module.TRAINED, hv, strict=True):
        quantity, place = places[name]
        found[quantity].reshape(len(X), -1)[:, np.ravel_multi_index(place, v[quantity].shape)] = row
    masks = {n for n, shape in network.parameters.items() if SAMPLES in shape}
    alone = []
    for n in range(len(X)):
        part = slice(n, n + 1)
        given = {name: p[part] if name in masks else p for name, p in parameters.items()}
        alone.append(TorchSecondOrder(network, X[part], T[part], given).hvp(v))
    return found, {name: np.stack([a[name] for a in alone]) for name in v}
