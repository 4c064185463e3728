"""Networks from torch and back: `from_torch`, `to_torch`, `to_torch_loss`.

Input and output: torch modules, and a `Network`.  Reads the settings of torch's own modules and
their numbers; runs no forward pass.  torch is imported on call.  `verify` uses nothing of this
package, so that a mistake here cannot hide from it.
"""

from symbp.torch_io.reading import from_torch
from symbp.torch_io.writing import to_torch, to_torch_loss

__all__ = ["from_torch", "to_torch", "to_torch_loss"]
