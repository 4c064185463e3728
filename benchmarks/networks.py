"""What is timed: six networks with their numbers, and the sweep of the worked example.

Input: nothing.  Output: frozen `Case`s.  Numbers are drawn from a fixed seed, so that every process
draws the same ones.  Imports numpy only at its top level, as every worker loads this.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from symbp import Network

Array = np.ndarray
Arrays = dict[str, Array]
Product = tuple[str, int, int, int]  # name, rows, summed over, columns


@dataclass(frozen=True, slots=True)
class Data:
    """Parameters, inputs (samples, features) and targets (rows, or class indices) of a case."""

    params: Arrays
    X: Array
    T: Array


@dataclass(frozen=True, slots=True)
class Case:
    """A network, its batch, and plain gradient descent on it.

    Args:
        sizes: Of the layers, inputs first.
        batch: Samples a step.
        activation: Of every layer but the last.
        last: Activation of the last layer.
        loss: half_sse (a sum), or mse or cross_entropy (means).
        dtype: float32 or float64.
        learning_rate: The same in every step.
        biases: Whether each layer has one a unit.
        rates: Learning rates of a sweep, one run each; none in a case of single steps.
        checked: The runs of a sweep that are compared with torch.
        tiled: Whether it is there to compare passes in tiles with passes over whole arrays.
    """

    sizes: tuple[int, ...]
    batch: int
    activation: str = "relu"
    last: str = "identity"
    loss: str = "cross_entropy"
    dtype: str = "float32"
    learning_rate: float = 0.05
    biases: bool = True
    rates: tuple[float, ...] = ()
    checked: tuple[int, ...] = ()
    tiled: bool = False

    @property
    def name(self) -> str:
        """Sizes and batch, such as 784-128-10:64; with what is not relu in a case of tiles."""
        sizes = f"{'-'.join(map(str, self.sizes))}:{self.batch}"
        return f"{sizes} {self.activation}" if self.tiled else sizes

    @property
    def runs(self) -> int:
        """How many trainings go on at once."""
        return max(1, len(self.rates))

    @property
    def layers(self) -> int:
        """How many layers have weights."""
        return len(self.sizes) - 1

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every parameter, in order."""
        found: dict[str, tuple[int, ...]] = {}
        for k, (d, h) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), 1):
            found[f"W{k}"] = (h, d)
            if self.biases:
                found[f"b{k}"] = (h,)
        return found

    @property
    def weight_count(self) -> int:
        """Trained numbers."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def activations(self) -> tuple[str, ...]:
        """One name a layer."""
        return (*[self.activation] * (self.layers - 1), self.last)

    def data(self) -> Data:
        """The numbers that every contender starts from."""
        draw = np.random.RandomState(0)
        params = {}
        for name, shape in self.shapes.items():
            inputs = self.sizes[int(name[1:]) - 1]
            params[name] = draw.uniform(-1, 1, shape) / np.sqrt(inputs)
        X = draw.uniform(0, 1, (self.batch, self.sizes[0]))
        if self.loss == "cross_entropy":
            T = draw.randint(0, self.sizes[-1], self.batch)
        elif self.loss == "mse":
            T = (np.sin(2 * np.pi * X) + 0.1 * draw.randn(*X.shape)).astype(self.dtype)
        else:
            T = draw.uniform(0, 1, (self.batch, self.sizes[-1])).astype(self.dtype)
        given = {name: value.astype(self.dtype) for name, value in params.items()}
        return Data(given, X.astype(self.dtype), T)

    def network(self) -> Network:
        """The same network as symbp sees it."""
        from symbp import Network

        return Network(
            sizes=self.sizes,
            activation=self.activations(),
            bias="per-unit" if self.biases else "none",
            loss=self.loss,
            targets="classes" if self.loss == "cross_entropy" else "values",
        )

    def products(self) -> Iterator[Product]:
        """The matrix products that a step cannot do without, in order.

        >>> [name for name, *_ in Case((4, 3, 2), 5).products()]
        ['Z1', 'Z2', 'dW2', 'dA1', 'dW1']
        """
        N = self.batch
        for k in range(1, self.layers + 1):
            yield f"Z{k}", N, self.sizes[k - 1], self.sizes[k]
        for k in range(self.layers, 0, -1):
            yield f"dW{k}", self.sizes[k], N, self.sizes[k - 1]
            if k > 1:  # nobody needs the gradient of the inputs
                yield f"dA{k - 1}", N, self.sizes[k], self.sizes[k - 1]

    @property
    def multiplications(self) -> int:
        """How many the matrix products of a step make."""
        return sum(rows * inner * columns for _, rows, inner, columns in self.products())


WORKED = {"activation": "sigmoid", "last": "sigmoid", "loss": "half_sse", "dtype": "float64"}
RATES = tuple(float(rate) for rate in np.linspace(0.001, 2.0, 2000))
STEPS = (
    Case((2, 2, 2), 1, **WORKED, biases=False, learning_rate=0.5),
    Case((1, 10, 1), 100, activation="tanh", loss="mse", dtype="float64", learning_rate=0.1),
    Case((64, 64, 64, 10), 32),
    Case((784, 128, 10), 64),
    Case((784, 128, 10), 512),
    Case((784, 512, 256, 10), 512),
    Case((1024, 1024, 1024, 10), 256),
)
SWEEP = Case((2, 2, 2), 1, **WORKED, biases=False, rates=RATES, checked=(0, 700, 1400, 1999))
TILES = tuple(
    Case(sizes, batch, activation=name, tiled=True)
    for sizes, batch in (((784, 128, 10), 2048), ((784, 512, 256, 10), 512))
    for name in ("relu", "sigmoid", "gelu")
)
CASES = {
    "step": {case.name: case for case in STEPS},
    "sweep": {SWEEP.name: SWEEP},
    "tiles": {case.name: case for case in TILES},
}


def chosen(cases: dict[str, Case], names: Sequence[str]) -> list[Case]:
    """Those that are named, with or without their batch; all if none is.

    Raises:
        ValueError: a name fits none.
    """
    for name in names:
        if not any(name in (key, key.split(":")[0]) for key in cases):
            raise ValueError(f"no network is called {name}; known are {', '.join(cases)}")
    return [
        case for key, case in cases.items() if not names or {key, key.split(":")[0]} & set(names)
    ]
