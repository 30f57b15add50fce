"""Derivations of the theorems, one a file; `python -m proofs STEM` runs one. Nothing is proved but by one of them."""
