"""Derivations of the theorems, one a file: none is written yet; nothing may claim to be proved until it is here."""
