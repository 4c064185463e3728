"""The parameters that training starts from.

Input: a network, the name of an initializer, a seed.  Output: arrays by name.  Imports the
catalogue, choice, spec and layers; numpy on call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symbp.catalog.initializers import EVERYWHERE, GIVEN
from symbp.choice import resolve_recipe
from symbp.errors import SpecError
from symbp.exact import shown
from symbp.example import check_example
from symbp.layers import BatchNorm, LayerNorm, RMSNorm, dropouts, sized
from symbp.spec import Network

if TYPE_CHECKING:
    import numpy as np

MOST_SEED = 2**32 - 1
WHERE = "--init"
NORMS = (LayerNorm, RMSNorm, BatchNorm)


def initial(
    network: Network,
    name: str,
    seed: int = 0,
    *,
    samples: int = 1,
    dtype: str = "float64",
) -> dict[str, np.ndarray]:
    """Draw the first values of every parameter.

    Weights, which have two axes or more, are drawn as the initializer says, tables of embeddings
    too.  Biases, and vectors of layers of the user's, are 0; but constant, normal and uniform are
    for them too.  Norms scale by 1 and shift by 0; trained numbers and class weights are those of
    the spec.  A frozen parameter is that of the example where there is one, and else starts as if
    it were not frozen; running means are 0 then, and running variances 1.  The mask of a dropout
    is that of the example where it has as many rows, and else keeps a number with probability
    1 - p, the same ones in every epoch.

    Args:
        network: With an example if the initializer is "given".
        name: A name of `symbp list initializer`, or a call such as "normal(std=0.5)".
        seed: Of NumPy's PCG64, from 0 to 2**32 - 1.
        samples: Rows of a mask.
        dtype: "float64" or "float32".

    Raises:
        SpecError: an unknown name or option, a wrong seed, or no example to take numbers from.

    >>> net = Network(sizes=[2, 3, 1], bias="per-unit")
    >>> start = initial(net, "orthogonal(gain=2)")
    >>> abs(start["W1"].T @ start["W1"]).round(12).tolist(), start["b1"].tolist()
    ([[4.0, 0.0], [0.0, 4.0]], [0.0, 0.0, 0.0])
    """
    import numpy as np

    row = resolve_recipe("initializer", name, WHERE)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MOST_SEED:
        found = f"found {shown(seed)}, expected a whole number from 0 to {MOST_SEED}"
        raise SpecError("--init-seed", found, "Write 0, say.")
    given = _given(network)
    if row.name == GIVEN:
        if not given:
            found = "given means the numbers of the example, and the network has none"
            raise SpecError(WHERE, found, "Add an [example] table, or write --init xavier.")
        kept = set(network.parameters)
    else:
        kept = set(network.starts) | (set(network.frozen) & set(given))
    masks = dropouts(network.layers)
    kept -= {name for name in masks if len(given.get(name, ())) != samples}
    stream = np.random.Generator(np.random.PCG64(seed))
    starts = {k: np.asarray(v, dtype=object).astype(float) for k, v in network.starts.items()}
    fixed = _of_norms(network)
    drawn: dict[str, np.ndarray] = {}
    for parameter, axes in network.parameters.items():
        shape = sized(axes, samples)
        if parameter in kept:
            value = (starts | given)[parameter]
        elif parameter in masks:
            value = stream.uniform(size=shape) >= float(masks[parameter])
        elif parameter in fixed:
            value = np.full(shape, fixed[parameter])
        elif len(shape) > 1 or row.name in EVERYWHERE:
            value = row.make(stream, shape, **row.numbers)
        else:
            value = np.zeros(shape)
        drawn[parameter] = np.asarray(value, dtype, order="C")
    return drawn


def _given(network: Network) -> dict[str, np.ndarray]:
    """The parameters of the example; none without one."""
    from symbp.verify.check import arrays

    if network.example is None:
        return {}
    check_example(network, network.numbers)
    return arrays(network, network.numbers)[2]


def _of_norms(network: Network) -> dict[str, float]:
    """What norms start with: they scale by 1, shift by 0, and know mean 0 and variance 1."""
    norms = [k for k, x in enumerate(network.layers, 1) if isinstance(x, NORMS)]
    letters = {"gamma": 1.0, "beta": 0.0, "mean": 0.0, "var": 1.0}
    return {f"{letter}{k}": value for k in norms for letter, value in letters.items()}
