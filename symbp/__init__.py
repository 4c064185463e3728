"""symbp: see, trust and use a gradient.

>>> import symbp
>>> net = symbp.Network(sizes=[2, 2, 2], activation="sigmoid", loss="half_sse")
>>> print(symbp.derive(net).line("dZ2"))
[6] dZ2[n,j] = (A2[n,j] - T[n,j])*A2[n,j]*(1 - A2[n,j])
"""

# These two packages first: the functions of the same names then take their place for good.
import symbp.evaluate
import symbp.verify  # noqa: F401
from symbp.derivation import Derivation, Line, Step
from symbp.errors import SymbpError
from symbp.example import Example
from symbp.formula_layer import FormulaLayer
from symbp.layers import (
    BatchNorm,
    Bias,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Residual,
    RMSNorm,
)
from symbp.pipeline import activation_report, derive, evaluate, export, generate, verify, why
from symbp.spec import Network
from symbp.torch_io import from_torch, to_torch, to_torch_loss

__version__ = "0.1.0"
__all__ = [
    "BatchNorm", "Bias", "Dense", "Derivation", "Dropout", "Embedding", "Example", "FormulaLayer",
    "LayerNorm", "Line", "Network", "RMSNorm", "Residual", "Step", "SymbpError",
    "activation_report", "derive", "evaluate", "export", "from_torch", "generate", "to_torch",
    "to_torch_loss", "verify", "why",
]  # fmt: skip
