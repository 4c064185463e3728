"""A study as the terminal shows it, and as JSON.

Input: a study and what the activation is called.  Output: text.  Imports tree, printers and study.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sympy as sp

from symbp.errors import GraphError
from symbp.printers import plain
from symbp.study import End, Span, Study
from symbp.study.extremes import Bound, Critical, Turns
from symbp.study.gains import Moments
from symbp.study.kinks import Kink
from symbp.study.pieces import Piece
from symbp.study.values import Value
from symbp.tree import Name, Node, to_tree

FORMAT, SHOWN = 1, 6
NEARLY = 1e-12  # constants given to 16 digits, as those of selu, leave this much
NONE_FOUND = {
    "beyond 30": "none in [-30, 30]; not determined beyond it",
    "towards a point": "none found; not determined near a point where they would crowd",
    "between": "none found; not determined everywhere",
}
MORE = {
    "beyond 30": "and so on beyond |z| = 30",
    "towards a point": "and so on, ever closer together",
    "between": "and more in between",
}
# What torch.nn.init.calculate_gain says of these, where that is no mean over N(0, 1).
# Source: documentation of torch.nn.init.calculate_gain; 5/3 and 3/4 are conventions.
TORCH_GAINS = {"sigmoid": sp.S.One, "tanh": sp.Rational(5, 3), "selu": sp.Rational(3, 4)}
LEGEND = "= by algebra; ≃ agrees in all digits computed, 20 or more; ≈ rounded, every digit right."


def formula_text(expr: sp.Expr) -> str:
    """A formula in reading order; where symbp has no such form, SymPy's, and it says so.

    >>> z = sp.Symbol("z", real=True)
    >>> formula_text(z / (1 + sp.exp(-z))), formula_text(sp.gamma(z))
    ('z/(1 + exp(-z))', "gamma(z)   (SymPy's form)")
    """
    try:
        return plain(to_tree(expr, _leaf))
    except GraphError:
        return f"{sp.sstr(expr)}   (SymPy's form)"


def _leaf(node: sp.Expr) -> Node | None:
    if isinstance(node, sp.Symbol):
        return Name(node.name)
    return (
        Name("e" if node is sp.S.Exp1 else str(node)) if isinstance(node, sp.NumberSymbol) else None
    )


def study_text(study: Study, name: str = "") -> str:
    """The report, a line a property.

    Args:
        study: What was found.
        name: What the activation is called, "" for a formula.
    """
    z = study.letter
    heads = (f"f({z})", f"f'({z})", f"f''({z})")
    formulas = (study.formula, study.first, study.second)
    lines = [f"{h:<7} = {formula_text(f)}" for h, f in zip(heads, formulas, strict=True)]
    rows = list(study_rows(study, name))
    width = max(len(label) for label, _ in rows)
    last = ""
    for label, text in rows:
        lines.append(f"{'' if label == last else label:<{width}}  {text}")
        last = label
    return "\n".join([*lines[:3], "", *lines[3:], "", LEGEND])


def study_rows(study: Study, name: str = "") -> Iterator[tuple[str, str]]:
    """The properties below the formulas, each with its label; a label may come several times."""
    z = study.letter
    yield "forward values", _forward(study)
    yield "domain", _domain(study)
    for side, end in (("-inf", study.left), ("inf", study.right)):
        yield f"{z} -> {side}", _end(end, z)
    yield "range", _range(study)
    yield "run", _run(study)
    yield f"at {z} = 0", _at_zero(study)
    for label, turns, what in (
        ("f' = 0", study.turns, "f"), ("extrema of f'", study.slope_turns, "f'"),
    ):  # fmt: skip
        for text in _turns(turns, what, z):
            yield label, text
    yield "Lipschitz", _lipschitz(study.lipschitz)
    for kink in study.kinks[:SHOWN]:
        yield "kinks", _kink(kink, z)
    hidden = len(study.kinks) - SHOWN
    if hidden > 0:
        yield "kinks", f"and {hidden} more"
    for more in study.more_breaks:
        yield "kinks", MORE[more]
    if not study.kinks:
        yield "kinks", "none"
    yield from _moments(study.moments, name)


def _forward(study: Study) -> str:
    form = formula_text(study.forward.form)
    match study.forward.needs:
        case "a" | "nothing":
            return f"f' = {form}" + (" with a = f(z)" if study.forward.needs == "a" else "")
        case "a and z":
            return f"f' = {form} with a = f(z); z is needed too"
        case _:
            return "no form of f' in a = f(z) was found: z is needed"


def _domain(study: Study) -> str:
    if study.domain == (Span(None, None, False, False),):
        return f"all real {study.letter}"
    spans = study.domain[: SHOWN - 1]
    texts = [_interval(s.low, s.high, s.low_inside, s.high_inside) for s in spans]
    hidden = len(study.domain) - len(spans)
    rest = [f"and {hidden} more"] * bool(hidden) + [MORE[m] for m in study.more_breaks]
    return ", ".join(texts + rest)


def _interval(low: Value | None, high: Value | None, low_inside: bool, high_inside: bool) -> str:
    left, right = "[" if low_inside else "(", "]" if high_inside else ")"
    return f"{left}{'-inf' if low is None else low}, {'inf' if high is None else high}{right}"


def _end(end: End, z: sp.Symbol) -> str:
    if end.value.kind == "undefined":
        return "f is not defined"
    texts = [f"f -> {end.value}" if end.value.value else f"f: {end.value}"]
    texts.append(f"f' -> {end.slope}" if end.slope.value else f"f': {end.slope}")
    if end.asymptote is not None:
        slope, offset = end.asymptote.slope, end.asymptote.offset
        steep = {"1": f"{z}", "-1": f"-{z}"}.get(str(slope), f"{slope}*{z}")
        sign = "-" if offset.number < 0 else "+"
        rest = f" {sign} {str(offset).lstrip('-')}" if offset.number else ""
        texts.append(f"asymptote {steep}{rest}")
    return ", ".join(texts)


def _range(study: Study) -> str:
    low, high = study.low, study.high
    texts = []
    for bound, word in ((low, "least"), (high, "largest")):
        if bound.value is None:
            texts.append(f"{word} value not determined, {bound.where}")
        elif not bound.value.infinite and bound.reached:
            texts.append(f"{word} {bound.where}")
        elif bound.sampled:
            texts.append(f"{word} as far as sampled")
    if low.value is None or high.value is None:
        return "; ".join(texts)
    interval = _interval(low.value, high.value, low.reached, high.reached)
    if low.value.number == high.value.number:
        return f"{low.value} everywhere"
    return "; ".join([interval, *texts])


def _run(study: Study) -> str:
    trend: str = study.trend
    if trend == "neither":
        trend = "neither rises nor falls throughout"
    flat = [_flat(piece, study.letter) for piece in study.turns.flat]
    if flat and study.trend != "constant":
        trend += f", constant {', '.join(flat[:3])}"
    words = {True: "invertible", False: "not invertible", None: "invertible or not: not determined"}
    return f"{trend}; {words[study.invertible]}; {study.parity or 'neither odd nor even'}"


def _flat(piece: Piece, z: sp.Symbol) -> str:
    low, high = (end.at if end else None for end in (piece.low, piece.high))
    if low is None and high is None:
        return "everywhere"
    if low is None:
        return f"for {z} < {high}"
    return f"for {z} > {low}" if high is None else f"for {low} < {z} < {high}"


def _at_zero(study: Study) -> str:
    found = []
    for label, value in (("f(0)", study.at_zero), ("f'(0)", study.slope_at_zero)):
        found.append(f"{label} {value.marked}" if value else f"{label} is not defined")
    return ", ".join(found)


def _turns(turns: Turns, what: str, z: sp.Symbol) -> Iterator[str]:
    near = sorted(turns.critical, key=lambda c: (abs(c.at.number), -c.at.number))[:SHOWN]
    for c in sorted(near, key=lambda c: c.at.number):
        yield _critical(c, what, z)
    hidden = len(turns.critical) - len(near)
    if hidden:
        yield f"and {hidden} more in [-30, 30]"
    for more in turns.more:
        yield MORE[more] if turns.critical else NONE_FOUND[more]
    if what == "f":
        for piece in turns.flat:
            yield f"{_flat(piece, z)}: f is constant"
    if not turns.critical and not turns.more and not (turns.flat and what == "f"):
        yield "none"


def _critical(c: Critical, what: str, z: sp.Symbol) -> str:
    kind = "no extremum" if c.kind == "inflection" else c.kind
    return f"{z} {c.at.marked}: {kind}{' at a kink' if c.kink else ''}, {what} {c.value.marked}"


def _lipschitz(bound: Bound) -> str:
    if bound.value is None:
        return f"sup |f'| is not determined, {bound.where}"
    if bound.value.infinite:
        return f"none: f' has no bound ({bound.where})"
    reached = "reached" if bound.reached else "approached"
    return f"sup |f'| {bound.value.marked}, {reached} {bound.where}" + (
        ", as far as sampled" if bound.sampled else ""
    )


def _kink(kink: Kink, z: sp.Symbol) -> str:
    chosen = f"the derivation takes {kink.slope}" if kink.slope else "the derivation gives no value"
    slopes = f"f' from {kink.left_slope} to {kink.right_slope}"
    place = f"{z} {kink.at.marked}"
    match kink.kind:
        case "kink":
            return f"{place}: {slopes}; {chosen}"
        case "jump":
            there = f"f = {kink.value}" if kink.value else "f is not defined"
            return f"{place}: jump from {kink.left} to {kink.right}, {there}; {slopes}; {chosen}"
        case "pole":
            return f"{place}: pole, f from {kink.left} to {kink.right}"
        case "gap":
            return f"{place}: f is not defined, f from {kink.left} to {kink.right}"
        case _:
            inside = kink.left if kink.right.kind == "undefined" else kink.right
            slope = kink.left_slope if kink.right.kind == "undefined" else kink.right_slope
            there = f"f = {kink.value}" if kink.value else "f is not defined there"
            return f"{place}: end of the domain, f -> {inside}, f' -> {slope}, {there}"


def _moments(m: Moments, name: str) -> Iterator[tuple[str, str]]:
    if m.mean is not None:
        size = abs(m.mean.number)
        centred = (
            "zero-centred"
            if not size
            else "nearly zero-centred"
            if size < NEARLY
            else "not zero-centred"
        )
        yield "u ~ N(0, 1)", f"E f(u) {m.mean.marked}: {centred}"
    if m.gain is not None and m.square is not None:
        yield "gain", f"g {m.gain.marked} keeps the variance forward: g^2 E f(u)^2 = 1"
    if m.backward_gain is not None and m.slope_square is not None:
        yield "gain", f"g {m.backward_gain.marked} keeps it backward: g^2 E f'(u)^2 = 1"
    if m.reason:
        yield "gain", m.reason
    torch = TORCH_GAINS.get(name)
    if torch is not None:
        yield "gain", f"torch.nn.init.calculate_gain says {torch}, by convention"


def study_json(study: Study, name: str = "") -> str:
    """The report as JSON text; every number says how it was found."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "name": name,
        "letter": study.letter.name,
        "f": formula_text(study.formula),
        "first": formula_text(study.first),
        "second": formula_text(study.second),
        "forward_values": {
            "needs": study.forward.needs, "form": formula_text(study.forward.form),
        },
        "domain": [
            {
                "low": s.low.as_json() if s.low else None,
                "high": s.high.as_json() if s.high else None,
                "low_inside": s.low_inside, "high_inside": s.high_inside,
            }
            for s in study.domain
        ],
        "left": _end_json(study.left), "right": _end_json(study.right),
        "infimum": study.low.as_json(), "supremum": study.high.as_json(),
        "trend": study.trend, "invertible": study.invertible, "parity": study.parity,
        "at_zero": _json(study.at_zero), "slope_at_zero": _json(study.slope_at_zero),
        "turns": _turns_json(study.turns, study.letter),
        "slope_turns": _turns_json(study.slope_turns, study.letter),
        "lipschitz": study.lipschitz.as_json(),
        "kinks": [kink.as_json() for kink in study.kinks],
        "more_kinks": list(study.more_breaks),
        "normal": {
            "mean": _json(study.moments.mean), "square": _json(study.moments.square),
            "slope_square": _json(study.moments.slope_square),
            "gain": _json(study.moments.gain),
            "backward_gain": _json(study.moments.backward_gain),
            "missing": study.moments.reason,
        },
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _json(value: Value | None) -> dict[str, Any] | None:
    return value.as_json() if value else None


def _end_json(end: End) -> dict[str, Any]:
    line = end.asymptote
    return {
        "f": end.value.as_json(), "slope": end.slope.as_json(),
        "asymptote": line and {"slope": line.slope.as_json(), "offset": line.offset.as_json()},
    }  # fmt: skip


def _turns_json(turns: Turns, z: sp.Symbol) -> dict[str, Any]:
    return {
        "critical": [c.as_json() for c in turns.critical],
        "flat": [_flat(piece, z) for piece in turns.flat],
        "more": list(turns.more),
    }
