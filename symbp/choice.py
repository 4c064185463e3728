"""Which row of the catalogue an entry means: a name, a call with options, or a formula.

Input: text such as "relu", "leaky_relu(slope=0.2)" or "z/(1 + a*exp(-z))", or a SymPy expression,
and the constants and trained numbers of the spec.  Output: a row of the catalogue with its options
set.  Text is looked up and compared, never run.  Imports the catalogue, own_formula, letters,
checks, exact and errors only.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

import sympy as sp

from symbp import catalog
from symbp.catalog import Optimizer, Recipe
from symbp.catalog.rows import Activation, Domain, Loss, Option, Start, Value, Values, value_text
from symbp.checks import one_of
from symbp.errors import SpecError, unknown_name
from symbp.exact import brief, exact, shown
from symbp.letters import CLASS_WEIGHT, WORD
from symbp.own_formula import own_activation, own_loss

LONGEST = 2000
CALL = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*\((.*)\)\s*", re.ASCII | re.DOTALL)
KEYWORD = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=(?!=)", re.ASCII)
VARIABLES = {"activation": ("z",), "loss": ("p", "t")}
Letters = tuple[Start, ...]
Row = Activation | Loss | Optimizer | Recipe
R = TypeVar("R", Activation, Loss)
N = TypeVar("N", Optimizer, Recipe)
S = TypeVar("S", Activation, Loss, Optimizer, Recipe)


def resolve_activation(
    text: str | sp.Expr,
    where: str,
    constants: Mapping[str, Fraction],
    learned: Mapping[str, Fraction],
) -> Activation:
    """The activation that an entry means, with its options set.

    Args:
        text: A name, a call or a formula in z; or a SymPy expression in a symbol z.
        where: The entry, for errors.
        constants: Numbers by name, for options and formulas.
        learned: Trained numbers by name and where they start, for options and formulas.

    Raises:
        SpecError: an unknown name or option, a value outside its domain, a wrong formula.

    >>> row = resolve_activation("leaky_relu( slope = 0.20 )", "activation", {}, {})
    >>> row.text, row.formula(sp.Symbol("z"), None)
    ('leaky_relu(slope=0.2)', Piecewise((z, z > 0), (z/5, True)))
    """
    if not isinstance(text, str | sp.Expr):
        one_of(where, text, catalog.names("activation"), "activation")
    return _activation(text, where, tuple(constants.items()), tuple(learned.items()))


def resolve_loss(
    text: str | sp.Expr,
    where: str,
    constants: Mapping[str, Fraction],
    learned: Mapping[str, Fraction],
) -> Loss:
    """The loss that an entry means, with its options set; see `resolve_activation`.

    >>> resolve_loss("huber(delta=0.5)", "loss", {}, {}).text
    'huber(delta=0.5)'
    """
    if not isinstance(text, str | sp.Expr):
        one_of(where, text, catalog.names("loss"), "loss")
    return _loss(text, where, tuple(constants.items()), tuple(learned.items()))


def resolve_optimizer(text: str, where: str) -> Optimizer:
    """The optimizer that an entry means, with its options set; it is no formula.

    Args:
        text: A name or a call.
        where: The entry, for errors.

    Raises:
        SpecError: an unknown name or option, or a value outside its domain.

    >>> resolve_optimizer("adam( beta1 = 0.80 )", "--optimizer").text
    'adam(beta1=0.8)'
    """
    return _by_options(text, where, catalog.OPTIMIZERS, "optimizer")


def resolve_recipe(kind: str, text: str, where: str) -> Recipe:
    """The initializer, data set or schedule that an entry means, with its options set.

    Args:
        kind: "initializer", "dataset" or "schedule".
        text: A name or a call.
        where: The entry, for errors.

    Raises:
        SpecError: an unknown name or option, or a value outside its domain.

    >>> resolve_recipe("initializer", "normal(std=0.5)", "--init").numbers
    {'mean': 0.0, 'std': 0.5}
    """
    return _by_options(text, where, catalog.RECIPES[kind], kind)


def _by_options(text: str, where: str, entries: tuple[N, ...], kind: str) -> N:
    """The row that a name or a call means, which is no formula."""
    rows = {row.name: row for row in entries}
    call = CALL.fullmatch(text) if isinstance(text, str) else None
    if call is None:
        name = text.strip() if isinstance(text, str) else text
        one_of(where, name, tuple(rows), kind)
        return _set(rows[name], {}, where, {}, {})
    row = _called(call, rows, text, where, kind)
    return _set(row, _arguments(call[2], call.start(2), row, where), where, {}, {})


@lru_cache(maxsize=1024)
def _activation(
    text: str | sp.Expr, where: str, constants: Letters, learned: Letters
) -> Activation:
    if isinstance(text, sp.Expr):
        return own_activation(text, where, dict(constants), dict(learned))
    rows = {row.name: row for row in catalog.ACTIVATIONS}
    return _resolved(text, where, rows, dict(constants), dict(learned), "activation")


@lru_cache(maxsize=1024)
def _loss(text: str | sp.Expr, where: str, constants: Letters, learned: Letters) -> Loss:
    if isinstance(text, sp.Expr):
        return own_loss(text, where, dict(constants), dict(learned))
    rows = {row.name: row for row in catalog.LOSSES}
    return _resolved(text, where, rows, dict(constants), dict(learned), "loss")


def _resolved(
    text: str,
    where: str,
    rows: Mapping[str, R],
    constants: Mapping[str, Fraction],
    learned: Mapping[str, Fraction],
    kind: str,
) -> R:
    name = text.strip()
    call = CALL.fullmatch(text)
    if name in rows:
        return _bound(rows[name], {}, where, constants, learned)
    if WORD.fullmatch(name) and name not in (*VARIABLES[kind], *constants, *learned):
        raise unknown_name(where, kind, brief(text), rows)
    if call is None or not _is_call(call, rows):
        own = own_activation if kind == "activation" else own_loss
        return own(text, where, constants, learned)  # type: ignore[return-value]
    row = _called(call, rows, text, where, kind)
    given = _arguments(call[2], call.start(2), row, where)
    return _bound(row, given, where, constants, learned)


def _called(call: re.Match[str], rows: Mapping[str, S], text: str, where: str, kind: str) -> S:
    """The row that a call names."""
    if len(text) > LONGEST:
        raise SpecError(where, f"a text of {len(text)} characters", f"Use at most {LONGEST}.")
    if call[1] not in rows:
        raise unknown_name(where, kind, brief(call[1]), rows)
    return rows[call[1]]


def _is_call(call: re.Match[str], rows: Mapping[str, R]) -> bool:
    """Whether text such as name(..) sets options of a row, rather than being a formula."""
    if KEYWORD.match(call[2]):
        return True
    return call[1] in rows and not WORD.search(call[2])


def _arguments(inside: str, start: int, row: Row, where: str) -> dict[str, tuple[str, int]]:
    """The text and column of each option in a call.

    Raises:
        SpecError: no keyword, an unknown one, one twice, or one without a value.
    """
    known = [o.name for o in row.options] + [name for name, _ in row.learned]
    sample = f"Write {known[0]}=.., say." if known else f"Write {row.name} alone."
    found: dict[str, tuple[str, int]] = {}
    for part, offset in parts(inside):
        column = start + offset + len(part) - len(part.lstrip()) + 1
        keyword = KEYWORD.match(part)
        if not part.strip() and not found and part == inside:
            break
        if keyword is None:
            text = f"column {column}: found {shown(part.strip())}, expected an option by name"
            raise SpecError(where, text, sample)
        name, value = keyword[1], part[keyword.end() :].strip()
        if name not in known:
            listed = f"known are {', '.join(known)}" if known else "it has none"
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            text = f"column {column}: {row.name} has no option '{brief(name)}'; {listed}"
            raise SpecError(where, text, f"Did you mean '{near[0]}'?" if near else sample)
        if name in found:
            text = f"column {column}: the option {name} is given twice"
            raise SpecError(where, text, "Give it once.")
        if not value:
            text = f"column {column}: the option {name} has no value"
            raise SpecError(where, text, f"Write {name}={_domain(row, name).example}, say.")
        found[name] = value, start + offset + part.index(value, keyword.end()) + 1
    return found


def parts(text: str) -> Iterator[tuple[str, int]]:
    """What stands between commas outside brackets, and where it starts.

    >>> [part for part, _ in parts("hardtanh(low=-2,high=2),relu")]
    ['hardtanh(low=-2,high=2)', 'relu']
    """
    depth = start = 0
    for position, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth <= 0:
            yield text[start:position], start
            start = position + 1
    yield text[start:], start


def _domain(row: Row, name: str) -> Domain:
    return next((o.domain for o in row.options if o.name == name), catalog.NUMBER)


def _bound(
    row: R,
    given: Mapping[str, tuple[str, int]],
    where: str,
    constants: Mapping[str, Fraction],
    learned: Mapping[str, Fraction],
) -> R:
    """The row with its options set and its formula in what is left: trained numbers by name."""
    found = _set(row, given, where, constants, learned)
    return replace(found, formula=_Formula(row.formula, found.values))


def _set(
    row: S,
    given: Mapping[str, tuple[str, int]],
    where: str,
    constants: Mapping[str, Fraction],
    learned: Mapping[str, Fraction],
) -> S:
    """The row with its options set.

    Raises:
        SpecError: an option is missing or outside its domain.
    """
    values: dict[str, Value] = {}
    used: list[str] = []
    for option in row.options:
        if option.name in given:
            text, column = given[option.name]
            value, letter = _value(option, text, where, column, constants, learned)
            used += [letter] if letter else []
        elif option.default is None:
            call = ", ".join(f"{o.name}={o.domain.example}" for o in row.options)
            found = f"{row.name} needs the option {option.name}"
            raise SpecError(where, found, f"Write {row.name}({call}), say.")
        else:
            value = option.default
        values[option.name] = value
    starts = dict(row.learned)
    for name in starts.keys() & given.keys():
        text, column = given[name]
        start, _ = _value(Option(name, None), text, where, column, constants, {})
        assert isinstance(start, Fraction)
        starts[name] = start
    numbers = {n: learned[v] if isinstance(v, str) else v for n, v in values.items()}
    wrong = row.check(**numbers)
    if wrong:
        raise SpecError(where, f"{row.name}: {wrong}", "Change one of the two.")
    shown_values = {n: v for n, v in values.items() if n in given}
    shown_values |= {n: v for n, v in starts.items() if n in given}
    text = ", ".join(f"{n}={value_text(v)}" for n, v in shown_values.items())
    starts |= {v: learned[v] for v in values.values() if isinstance(v, str)}
    return replace(
        row,
        learned=tuple(starts.items()),
        text=f"{row.name}({text})" if text else row.name,
        values=tuple(values.items()),
        letters=tuple(used),
    )


class _Formula:
    """The formula of a row with its options put in; what is left are trained numbers by name."""

    __slots__ = ("formula", "values")

    def __init__(self, formula: object, values: Values) -> None:
        self.formula, self.values = formula, values

    def __call__(self, *quantities: object, **trained: sp.Expr) -> sp.Expr:
        options: dict[str, object] = {}
        for name, value in self.values:
            if isinstance(value, str):
                options[name] = trained[value]
            elif isinstance(value, tuple):
                options[name] = trained[CLASS_WEIGHT] if value else sp.S.One
            elif isinstance(value, bool):
                options[name] = value
            else:
                options[name] = sp.Rational(value.numerator, value.denominator)
        letters = {value for _, value in self.values if isinstance(value, str)}
        own = {n: v for n, v in trained.items() if n not in letters and n != CLASS_WEIGHT}
        return self.formula(*quantities, **options, **own)  # type: ignore[operator]


def _value(
    option: Option,
    text: str,
    where: str,
    column: int,
    constants: Mapping[str, Fraction],
    learned: Mapping[str, Fraction],
) -> tuple[Value, str]:
    """The value of an option, and the constant or trained number that it names ("" if none)."""
    domain = option.domain
    wrong = SpecError(
        where,
        f"column {column}: {option.name} is {shown(text)}, expected {domain.text}",
        f"Write {option.name}={domain.example}, say.",
    )
    if domain.kind == "flag":
        if text not in ("true", "false"):
            raise wrong
        return text == "true", ""
    if domain.kind == "numbers":
        if not (text.startswith("[") and text.endswith("]")):
            raise wrong
        entries = tuple(_number(part.strip(), wrong) for part, _ in parts(text[1:-1]))
        if not all(map(domain.holds, entries)):
            raise wrong
        return entries, ""
    letter = text if WORD.fullmatch(text) else ""
    if letter and letter not in constants and letter not in learned:
        known = (*constants, *learned)
        if not known or letter.lower() in ("nan", "inf", "infinity", "true", "false"):
            raise wrong
        kind = f"column {column}: unknown constant or trained number"
        near = difflib.get_close_matches(letter, known, n=1, cutoff=0.4)
        remedy = f"Did you mean '{near[0]}'?" if near else "Declare it, or write a number."
        raise SpecError(where, f"{kind} '{brief(letter)}'; known are {', '.join(known)}", remedy)
    number = constants.get(letter) if letter else _number(text, wrong)
    start = learned[letter] if number is None else number
    if not domain.holds(start):
        raise wrong
    return (letter if number is None else number), letter


def _number(text: str, wrong: SpecError) -> Fraction:
    """A number; what is wrong with the option where it is none."""
    try:
        return exact(text, wrong.where)
    except SpecError:
        raise wrong from None
