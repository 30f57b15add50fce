"""`python -m proofs STEM`: run one derivation, and say what it proves, what it rejects and what it rests on.

Exit code 0 if it proves all that it names and rejects every false neighbour, 1 if not, 2 if there is no such proof.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from bntheory.claims import CLAIMS
from bntheory.errors import unknown
from bntheory.proof import Residual, load_proof

STEMS = sorted({claim.proof for claim in CLAIMS if claim.proof})


def main(arguments: Sequence[str]) -> int:
    """Run the proof with this stem; returns the exit code."""
    stem = " ".join(arguments)
    if stem not in STEMS:
        print(f"proofs: {unknown('STEM', stem, STEMS)}", file=sys.stderr)
        return 2
    proof = load_proof(stem)
    _print("proved", "NOT proved", proof.residuals, proof.proved)
    rejected = [name for name in proof.neighbours if name not in proof.accepted_neighbours]
    _print("rejected", "NOT rejected", proof.neighbours, rejected)
    for step in proof.rests_on:
        print(f"{'rests on':13}{step}")
    return int(len(proof.proved) < len(proof.residuals) or bool(proof.accepted_neighbours))


def _print(right: str, wrong: str, statements: Mapping[str, tuple[Residual, ...]], fine: Sequence[str]) -> None:
    for name, residuals in statements.items():
        tex = " ".join(residuals[0].statement.tex.split())
        print(f"{right if name in fine else wrong:13}{name}: {tex}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
