"""Losses: one formula and its source a row.

Input: nothing.  Output: LOSSES.  A formula maps one element `p` of the network's output and its
target `t` to the loss of that element, or, with `total`, to the loss of the sample.
Kinks take the value that the piecewise formula gives: |p - t|' = 0 at p = t, and the hinge is
spelt as a relu, so its slope at t*p = 1 is 0.  A trained variance below its eps counts as eps, with
slope 0, where torch goes on as if it were not clamped.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from symbp.catalog.activations import BISHOP, where
from symbp.catalog.rows import (
    BALANCE,
    CLASS_WEIGHTS,
    FLAG,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    Loss,
    Option,
    Total,
)

HALF = sp.Rational(1, 2)
CLASSES = Option("weight", (), CLASS_WEIGHTS)


def _smoothed(t: sp.Expr, total: Total, label_smoothing: sp.Expr) -> sp.Expr:
    return t if label_smoothing == 0 else (1 - label_smoothing) * t + label_smoothing / total.size


def _huber(p: sp.Expr, t: sp.Expr, total: Total, delta: sp.Expr) -> sp.Expr:
    d = sp.Abs(p - t)
    return where(((p - t) ** 2 / 2, d <= delta), otherwise=delta * (d - delta / 2))


def _smooth_l1(p: sp.Expr, t: sp.Expr, total: Total, beta: sp.Expr) -> sp.Expr:
    d = sp.Abs(p - t)
    return where(((p - t) ** 2 / (2 * beta), d < beta), otherwise=d - beta / 2)


def _with_logits(p: sp.Expr, t: sp.Expr, pos_weight: sp.Expr = sp.S.One) -> sp.Expr:
    softplus = sp.log(1 + sp.exp(-p))
    return pos_weight * t * softplus + (1 - t) * (p + softplus)


def _kl_div(p: sp.Expr, t: sp.Expr, total: Total, log_target: bool) -> sp.Expr:
    if log_target:
        return sp.exp(t) * (t - p)
    positive = where((t, t > 0), otherwise=sp.S.One)  # so t log t is 0 at t = 0, as torch has it
    return t * (sp.log(positive) - p)


def _poisson(p: sp.Expr, t: sp.Expr, total: Total, log_input: bool, eps: sp.Expr) -> sp.Expr:
    return sp.exp(p) - t * p if log_input else p - t * sp.log(p + eps)


def _gaussian(
    p: sp.Expr, t: sp.Expr, total: Total, var: sp.Expr, eps: sp.Expr, full: bool
) -> sp.Expr:
    v = where((var, var >= eps), otherwise=eps)
    constant = sp.log(2 * sp.pi) / 2 if full else sp.S.Zero
    return (sp.log(v) + (p - t) ** 2 / v) / 2 + constant


def _focal(p: sp.Expr, t: sp.Expr, total: Total, gamma: sp.Expr, alpha: sp.Expr) -> sp.Expr:
    share = 1 / (1 + sp.exp(-p))
    wrong = share * (1 - t) + (1 - share) * t
    balance = alpha * t + (1 - alpha) * (1 - t)
    whole = (2 * gamma).is_Integer
    power = wrong**gamma if whole else sp.exp(gamma * sp.log(wrong))
    return balance * power * _with_logits(p, t)


LOSSES = (
    Loss(
        name="half_sse",
        formula=lambda p, t, total: total((p - t) ** 2) / 2,
        source=f"{BISHOP}, eq. 5.11",
        reduction="sum",
        per="sample",
    ),
    Loss(
        name="mse",
        formula=lambda p, t, total: (p - t) ** 2,
        source="torch.nn.MSELoss: mean over all elements",
        torch="torch.nn.MSELoss",
        reduction="mean",
        per="element",
    ),
    Loss(
        name="l1",
        formula=lambda p, t, total: sp.Abs(p - t),
        source="torch.nn.L1Loss: mean over all elements",
        torch="torch.nn.L1Loss",
        reduction="mean",
        per="element",
    ),
    Loss(
        name="huber",
        formula=_huber,
        source="Huber, Robust Estimation of a Location Parameter (1964), section 4",
        torch="torch.nn.HuberLoss",
        reduction="mean",
        per="element",
        options=(Option("delta", Fraction(1), POSITIVE),),
    ),
    Loss(
        name="smooth_l1",
        formula=_smooth_l1,
        source="Girshick, Fast R-CNN (2015), arXiv:1504.08083, eq. 3",
        torch="torch.nn.SmoothL1Loss",
        reduction="mean",
        per="element",
        options=(Option("beta", Fraction(1), POSITIVE),),
    ),
    Loss(  # torch takes no logarithm below -100: an approximation, not part of the formula
        name="bce",
        formula=lambda p, t, total: -(t * sp.log(p) + (1 - t) * sp.log(1 - p)),
        source=f"{BISHOP}, eq. 4.90",
        torch="torch.nn.BCELoss",
        reduction="mean",
        per="element",
        output="sigmoid",
    ),
    Loss(
        name="bce_with_logits",
        contains="sigmoid",
        formula=lambda p, t, total, pos_weight: _with_logits(p, t, pos_weight),
        source=f"{BISHOP}, eqs. 4.59 and 4.90",
        torch="torch.nn.BCEWithLogitsLoss",
        reduction="mean",
        per="element",
        options=(Option("pos_weight", Fraction(1), POSITIVE),),
    ),
    Loss(
        name="cross_entropy",
        contains="softmax",
        formula=lambda p, t, total, weight, label_smoothing: (
            -total(weight * _smoothed(t, total, label_smoothing) * sp.log(p))
        ),
        source=f"{BISHOP}, eqs. 4.62 and 4.108",
        torch="torch.nn.CrossEntropyLoss",
        reduction="mean",
        per="sample",
        named=(("P", lambda z, total: sp.exp(z) / total(sp.exp(z))),),
        classes=True,
        weighted_mean="classes",
        options=(CLASSES, Option("label_smoothing", Fraction(0), SHARE)),
    ),
    Loss(
        name="nll",
        formula=lambda p, t, total, weight: -total(weight * t * p),
        source="torch.nn.NLLLoss: log-probabilities in, classes or one-hot rows as targets",
        torch="torch.nn.NLLLoss",
        reduction="mean",
        per="sample",
        classes=True,
        weighted_mean="always",
        options=(CLASSES,),
    ),
    Loss(
        name="kl_div",
        formula=_kl_div,
        source="Kullback & Leibler, On Information and Sufficiency (1951), eq. 2.4",
        torch="torch.nn.KLDivLoss",
        reduction="mean",
        per="element",
        reductions=("batchmean",),
        options=(Option("log_target", False, FLAG),),
    ),
    Loss(
        name="poisson_nll",
        formula=_poisson,
        source="torch.nn.PoissonNLLLoss, without Stirling's term",
        torch="torch.nn.PoissonNLLLoss",
        reduction="mean",
        per="element",
        options=(
            Option("log_input", True, FLAG),
            Option("eps", Fraction(1, 10**8), POSITIVE),
        ),
    ),
    Loss(
        name="gaussian_nll",
        formula=_gaussian,
        source="Nix & Weigend, Estimating the Mean and Variance (1994), eq. 1",
        torch="torch.nn.GaussianNLLLoss",
        reduction="mean",
        per="element",
        options=(
            Option("var", Fraction(1), POSITIVE),
            Option("eps", Fraction(1, 10**6), POSITIVE),
            Option("full", False, FLAG),
        ),
    ),
    Loss(
        name="hinge",
        formula=lambda p, t, total: where((1 - t * p, 1 - t * p > 0), otherwise=sp.S.Zero),
        source=f"{BISHOP}, eq. 7.44",
        reduction="mean",
        per="element",
    ),
    Loss(
        name="soft_margin",
        formula=lambda p, t, total: sp.log(1 + sp.exp(-t * p)),
        source="torch.nn.SoftMarginLoss: mean over all elements",
        torch="torch.nn.SoftMarginLoss",
        reduction="mean",
        per="element",
    ),
    Loss(
        name="log_cosh",
        formula=lambda p, t, total: sp.log((sp.exp(p - t) + sp.exp(t - p)) / 2),
        source="Saleh & Saleh, Properties of the Log-Cosh Loss (2022), arXiv:2208.04564, eq. 1",
        reduction="mean",
        per="element",
    ),
    Loss(
        name="focal",
        contains="sigmoid",
        formula=_focal,
        source="Lin et al., Focal Loss (2017), arXiv:1708.02002, eq. 5, on logits",
        reduction="mean",
        per="element",
        options=(
            Option("gamma", Fraction(2), NOT_NEGATIVE),
            Option("alpha", Fraction(1, 4), BALANCE),
        ),
    ),
)
