"""Prove a module: against torch autograd, arbitrary precision and central differences.

`check.py` puts the oracles together.  Nothing is imported here, so `import symbp` loads neither
numpy nor torch.  No module of this package imports derive, rules or a backend: an oracle cannot
share a bug with the derivation.
"""
