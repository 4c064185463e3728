"""Experiments with a network: train it, change one thing, sweep, look at its curvature, report.

Everything runs on generated code.  NumPy, matplotlib, SciPy and dask are imported on call.
"""
