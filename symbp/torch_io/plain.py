"""The modules of a torch model in the order in which they run, each checked to be plain.

Input: a torch module.  Output: (path, module) pairs, containers left out.  A module that does more
than its class says (hooks, parametrizations, a forward of its own) is an error: what symbp would
derive is not what it does.  Imports settings and errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symbp.errors import SpecError
from symbp.torch_io import modules
from symbp.torch_io.settings import OWN, class_of, nearest
from symbp.torch_io.tensors import torch_for

HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
MOST_MODULES = 3000
Placed = tuple[str, Any]


def plain_modules(model: Any, where: str) -> list[Placed]:
    """The modules that compute something, each with its path and class.

    Args:
        model: A torch module.
        where: What the model is called: "model".

    Raises:
        SpecError: not a module, empty, or one that is more than its class says.

    >>> import torch
    >>> nested = torch.nn.Sequential(torch.nn.Sequential(torch.nn.Tanh()))
    >>> plain_modules(nested, "model")
    [('model.0.0 (Tanh)', Tanh())]
    """
    torch = torch_for(where)
    if isinstance(model, type) and issubclass(model, torch.nn.Module):
        found = f"is the class {model.__name__}, expected a model of it"
        raise SpecError(where, found, f"Write {model.__name__}(..) to make one.")
    if not isinstance(model, torch.nn.Module):
        found = f"found {type(model).__name__}, expected a torch.nn.Module"
        raise SpecError(where, found, "Give a torch.nn.Sequential(..).")
    found_modules = []
    for placed in _walk(torch, model, where, ()):
        found_modules.append(placed)
        if len(found_modules) > MOST_MODULES:
            raise SpecError(where, f"over {MOST_MODULES} modules", "Use fewer layers.")
    if not found_modules:
        raise SpecError(where, "the model is empty", "Put one torch.nn.Linear in at least.")
    return found_modules


def _walk(torch: Any, module: Any, path: str, above: tuple[Any, ...]) -> Iterator[Placed]:
    name = f"{path} ({class_of(module)})"
    _check(torch, module, name)
    own = modules.classes()
    if isinstance(module, torch.nn.Sequential):
        runs = (torch.nn.Sequential.forward, own["Residuals"].forward)
        if type(module).forward not in runs:
            raise SpecError(name, "has a forward of its own", OWN)
        if any(module is outer for outer in above):
            raise SpecError(name, "contains itself", "Leave one of the two out.")
        if isinstance(module, own["Residuals"]) and above:
            found = "stands inside another model, where its layers have other numbers"
            raise SpecError(name, found, "Give it alone.")
        for key, inner in module._modules.items():
            yield from _walk(torch, inner, f"{path}.{key}", (*above, module))
    else:
        yield name, module


def _check(torch: Any, module: Any, where: str) -> None:
    """Raise the error for a module that is more than its class says."""
    if not isinstance(module, torch.nn.Module):
        found = f"found {type(module).__name__}, expected a torch.nn.Module"
        raise SpecError(where, found, "Put modules only into a Sequential.")
    lazy = isinstance(module, torch.nn.modules.lazy.LazyModuleMixin)
    if lazy and module.has_uninitialized_params():
        raise SpecError(where, "has no shape yet", "Run the model once, on any input.")
    if torch.nn.utils.parametrize.is_parametrized(module):
        names = ", ".join(module.parametrizations)
        remedy = f"Run torch.nn.utils.parametrize.remove_parametrizations(module, {names!r}) first."
        raise SpecError(where, f"{names} is computed from other numbers", remedy)
    tensors = [t for t in module._parameters.values() if t is not None]
    hooked = [h for h in HOOKS if getattr(module, h, None)]
    if hooked or any(t._backward_hooks for t in tensors):
        kind = hooked[0].strip("_").replace("_", " ") if hooked else "hooks of a tensor"
        raise SpecError(where, f"has {kind}", "Remove them: symbp cannot read what they compute.")
    if "forward" in vars(module):
        raise SpecError(where, "its forward was replaced", nearest(module))
