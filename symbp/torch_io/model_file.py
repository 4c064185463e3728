"""A torch model from a Python file of the user's, which is run.

Input: text such as "file.py:model".  Output: the model.  What the file prints goes to stderr; what
it raises is an error with its line.  Imports errors and exact; torch on call.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from symbp.errors import ModuleError, SpecError, unknown_name
from symbp.exact import Tensor, brief
from symbp.torch_io.tensors import float_tensor, torch_for
from symbp.weights_file import array_shapes, read_weights

SAY = "Write --torch file.py:model."


def load_model(text: str) -> Any:
    """Run a file and take a model from it.

    Args:
        text: A path, a colon, and the name of a variable of the file.

    Raises:
        SpecError: no such file or variable, or it holds no model.
        ModuleError: the file raises an exception.
        DependencyError: torch is not installed.
    """
    path_text, colon, name = text.rpartition(":")
    if not colon or not path_text or not name.isidentifier():
        found = f"found {brief(text)!r}, expected a file and a name in it"
        raise SpecError("--torch", found, SAY)
    torch = torch_for("--torch")
    path = Path(path_text)
    module = run_file(path)
    if not hasattr(module, name):
        names = [n for n, v in vars(module).items() if isinstance(v, torch.nn.Module)]
        others = [n for n in vars(module) if not n.startswith("_")]
        error = unknown_name(str(path), "variable", brief(name), names or others or ["model"])
        raise error
    model = getattr(module, name)
    if not isinstance(model, torch.nn.Module):
        kind = f"the class {name}" if isinstance(model, type) else f"a {type(model).__name__}"
        found = f"is {kind}, expected a torch.nn.Module"
        called = f"Write `model = {name}()` in the file, and give file.py:model."
        remedy = called if callable(model) else "Give the name of a torch.nn.Sequential."
        raise SpecError(text, found, remedy)
    return model


def run_file(path: Path) -> ModuleType:
    """Run a Python file; its folder is searched for what it imports.

    Raises:
        SpecError: there is no such Python file.
        ModuleError: it raises.
    """
    where = str(path)
    try:
        exists = path.is_file()
    except ValueError:  # a null character
        exists = False
    if not exists:
        near = difflib.get_close_matches(path.name, [p.name for p in path.parent.glob("*.py")], n=1)
        remedy = f"Did you mean '{path.parent / near[0]}'?" if near else "Check the path."
        raise SpecError(ascii(where)[1:-1], "there is no such file", remedy)
    spec = importlib.util.spec_from_file_location(f"_user_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SpecError(where, "is no Python file", SAY)
    module = importlib.util.module_from_spec(spec)
    folder = str(path.parent.resolve())
    sys.path.insert(0, folder)
    sys.modules[spec.name] = module  # dataclasses and pickles of the file look there
    try:
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise ModuleError(where, _raised(error, path), "Run it with python alone first.") from error
    finally:
        del sys.modules[spec.name]
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)
    return module


def _raised(error: BaseException, path: Path) -> str:
    """What a file raised, and where in it."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if Path(f.filename).resolve() == path.resolve()]
    text = brief(error) if str(error) else "no text"
    return f"line {lines[-1] if lines else '?'} raises {type(error).__name__}: {text}"


def load_weights(model: Any, path: Path) -> bool:
    """Put the numbers of a file into a model, if the names in it are those of its state_dict.

    The model becomes float64, as the file's numbers may need it.

    Args:
        model: Changed in place.
        path: A safetensors or npz file.

    Returns:
        Whether the names were the model's; if not, nothing was changed.

    Raises:
        SpecError: a name is missing, or numbers do not fit.
    """
    torch = torch_for("--weights")
    state = model.state_dict()
    counted = [name for name in state if name.endswith("num_batches_tracked")]
    if not set(array_shapes(path)) & set(state):
        return False
    # The same tensor under several names need be in the file once.
    first: dict[tuple[Any, ...], str] = {}
    aliases = dict.fromkeys(counted, "")
    for name, tensor in state.items():
        if name not in counted:
            key = (tensor.data_ptr() or id(tensor), tuple(tensor.shape), tensor.stride())
            aliases[name] = first.setdefault(key, name)
    wanted = {name: tuple(state[name].shape) for name in first.values()}
    numbers: dict[str, Tensor] = read_weights(path, wanted, aliases)
    model.double()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name not in counted:
                tensor.copy_(float_tensor(numbers[aliases[name]]).reshape(tensor.shape))
    return True
