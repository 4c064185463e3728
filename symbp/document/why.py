"""Why a gradient is what it is: path sum, factors with rule and number, delta form, code line.

Input: a network, its derivation and the name of a weight.  Output: text for a terminal.
Imports scalars, paths, evaluate and messages; the generator on call.
"""

from __future__ import annotations

from collections.abc import Iterator

from symbp.derivation import Derivation
from symbp.errors import SpecError
from symbp.evaluate import chain_lines, evaluate
from symbp.evaluate.lines import NumberLine
from symbp.example import Example
from symbp.messages import say
from symbp.paths import ChainForm, Factor, chain_form, scalar_tree
from symbp.printers import plain
from symbp.scalars import ScalarSystem, Weight, system_of
from symbp.spec import Network

INDENT = "  "
MOST_PATHS, MOST_DELTAS = 8, 16


def why(
    network: Network,
    derivation: Derivation,
    weight: str,
    lang: str = "en",
    digits: int = 6,
    whole: bool = False,
) -> str:
    """Explain the gradient of one weight.

    Args:
        network: With an example, numbers are put in; without, names stay.
        derivation: Of the network.
        weight: Such as w1 or dW1[0,1].
        lang: "en" or "zh".
        digits: Significant digits of numbers.
        whole: Whether every path and every delta is shown; else the first of many.

    Raises:
        UnknownNameError: no weight is called so.

    >>> from symbp.pipeline import derive
    >>> net = Network(sizes=[2, 1])
    >>> print(why(net, derive(net), "w1"))
    dE/dw1 is entry W1[0,0] of line [5]
      dW1[j,i] = sum(n: dZ1[n,j]*X[n,i])
    <BLANKLINE>
    Path sum
      dE/dw1 = dE/dout_o1 * dout_o1/dnet_o1 * dnet_o1/dw1
    <BLANKLINE>
    Factors
      dE/dout_o1 = out_o1 - y1
          derivative of line [3]
      dout_o1/dnet_o1 = out_o1*(1 - out_o1)
          derivative of line [2], in forward values
      dnet_o1/dw1 = x1
          derivative of line [1]
    <BLANKLINE>
    Delta form
      delta_o1 = (out_o1 - y1)*out_o1*(1 - out_o1)   [4]
      dw1 = delta_o1*x1   [5]
    <BLANKLINE>
    Code
      dZ1 = (A1 - T) * sigmoid_derivative(Z1)  # (N, K) [4]
      dW1 = dZ1.T @ X  # (K, D) [5]
    """
    system = system_of(network, derivation)
    try:
        found = system.find(_bare(weight, derivation))
    except SpecError as error:  # here the weight is an argument, not a flag
        raise type(error)("why", error.found, error.remedy) from None
    gradient = derivation.gradients[found.parameter]
    line = derivation.line(gradient).number
    heading = say(
        "why.heading", lang, gradient=f"dE/d{found.name}", entry=found.matrix_name, line=line
    )
    rule = str(derivation.line(gradient)).partition(" ")[2]
    parts = [heading, f"{INDENT}{rule}"]
    chain: ChainForm | None = None
    try:
        chain = chain_form(system, found)
    except SpecError as error:
        parts += ["", say("why.many", lang, found=error.found)]
    if chain is not None and not chain.paths:
        return "\n".join([*parts, "", say("why.nothing", lang)])
    given = isinstance(network.example, Example)
    if chain is not None:
        numbers = chain_lines(derivation, network, found.name, digits) if given else ()
        parts += ["", say("why.path", lang), *_path_sum(chain, numbers, whole, lang)]
        parts += ["", say("why.factors", lang), *_factors(chain, numbers, whole, lang)]
    deltas = list(_delta(system, found, digits, given))
    if not whole and len(deltas) > MOST_DELTAS:
        more = say("why.more", lang, count=len(deltas) - MOST_DELTAS)
        deltas = [f"{INDENT}{more}", *deltas[-MOST_DELTAS:]]
    parts += ["", say("why.delta", lang), *deltas]
    parts += ["", say("why.code", lang), *_code(network, derivation, system, found)]
    return "\n".join(parts)


def _bare(text: str, derivation: Derivation) -> str:
    """dW1[0,1], dw1 or dE/dw1 as the name of the weight itself."""
    bare = text.strip().removeprefix("dE/")
    name = bare.partition("[")[0]
    if name.startswith("d") and name not in derivation.quantities:
        return bare[1:]
    return bare[1:] if name in derivation.gradients.values() else bare


def _path_sum(
    chain: ChainForm, numbers: tuple[NumberLine, ...], whole: bool, lang: str
) -> Iterator[str]:
    """One path a line, then the numbers."""
    head = f"{INDENT}{chain.name} "
    hidden = 0 if whole else max(0, len(chain.paths) - MOST_PATHS)
    for k, path in enumerate(chain.paths[: len(chain.paths) - hidden]):
        start = f"{head}=" if not k else f"{' ' * len(head)}+"
        yield f"{start} {' * '.join(f.name for f in path)}"
    if hidden:
        yield f"{' ' * len(head)}+ {say('why.more', lang, count=hidden)}"
    if numbers:
        total = numbers[-1]
        if hidden:
            yield f"{' ' * len(head)}{total.relation} {total.text}"
            return
        yield f"{' ' * len(head)}= {total.put_in}"
        yield f"{' ' * len(head)}{total.relation} {total.text}"


def _factors(
    chain: ChainForm, numbers: tuple[NumberLine, ...], whole: bool, lang: str
) -> Iterator[str]:
    """Each factor of the paths that are shown, with its number and its rule."""
    known = {line.name: line for line in numbers}
    paths = chain.paths if whole else chain.paths[:MOST_PATHS]
    for factor in dict.fromkeys(f for path in paths for f in path):
        line = known.get(factor.name)
        yield f"{INDENT}{line or f'{factor.name} = {plain(scalar_tree(factor.shown))}'}"
        yield f"{INDENT * 3}{_rule(factor, lang)}"


def _rule(factor: Factor, lang: str) -> str:
    key = "why.rule" if factor.expr == factor.shown else "why.rule forward"
    return say(key, lang, line=factor.line)


def _delta(system: ScalarSystem, weight: Weight, digits: int, given: bool) -> Iterator[str]:
    """Every adjoint that the gradient needs, then the gradient."""
    gradient = (system.derivation.gradients[weight.parameter], weight.place)
    if given:
        lines = evaluate(system.derivation, system.network, digits, weights=[weight.name]).lines
        for line in lines:
            if line.section in ("delta", "gradient"):
                yield f"{INDENT}{line}   [{line.line}]"
        return
    for e in system.adjoints(gradient):
        yield f"{INDENT}{e.target.name} = {plain(scalar_tree(e.rhs))}   [{e.line}]"


def _code(
    network: Network, derivation: Derivation, system: ScalarSystem, weight: Weight
) -> Iterator[str]:
    """The lines of the module that compute the gradient's array and its deltas."""
    from symbp.backends.numpy_module import numpy_module
    from symbp.document.words import code_lines

    gradient = (derivation.gradients[weight.parameter], weight.place)
    wanted = {str(e.line) for e in system.adjoints(gradient)}
    for line in code_lines(numpy_module(network, derivation)):
        if line.number in wanted and "values[" not in line.text:
            yield f"{INDENT}{line.text.strip()}"
