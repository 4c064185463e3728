"""Stable code for a formula: candidates by rewriting, measured against arbitrary precision.

    formula -> pieces -> forms, series -> measured at points -> regimes -> confirmed -> Stable

`letters` and `forms` rewrite, `truth` and `error` measure, `regimes` and `search` choose.  The
package needs NumPy and mpmath and is loaded on call.
"""
