"""`python -m benchmarks [NAME ...]` (or `make bench`): every goal, what was measured, and whether it is met.

The rows of each benchmark are kept in bntheory-results/benchmarks.json with their date, versions, CPU and the machine's
streaming limit; those of benchmarks that are not run again stay there as they were.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from datetime import date
from importlib import import_module
from pathlib import Path

# Before numpy is imported: one thread for everybody, as the goals of PERFORMANCE say.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

NAMES = (
    "gdnp_iteration",
    "time_to_tolerance",
    "ensembles",
    "network_sweep",
    "streaming_moments",
    "accuracy",
    "cost_growth",
    "start_up",
)


def main() -> None:
    """Run the benchmarks that were asked for, all without names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(NAMES)}")
    parser.add_argument("--out", type=Path, default=Path("bntheory-results"), help="default ./bntheory-results")
    options = parser.parse_args()
    for name in options.names:
        if name not in NAMES:
            parser.error(f"{name} is no benchmark: choose from {', '.join(NAMES)}")
    from benchmarks.machine import describe

    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "benchmarks.json"
    kept, machine = stored(path), describe()
    print(f"{machine['cpu']}, one thread reads {machine['stream_GB_per_s']} GB/s")
    print("each ratio: median [quartiles] of rounds in this process\n")
    for name in options.names or NAMES:
        kept[name] = {"date": date.today().isoformat(), **machine, "rows": run(name, options.out)}
        path.write_text(json.dumps(kept, indent=1) + "\n")
    print(f"\n{path}")


def stored(path: Path) -> dict[str, object]:
    """The reports of earlier runs by benchmark; none where the file cannot be read."""
    try:
        found: dict[str, object] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if all(name in NAMES for name in found) else {}


def run(name: str, out: Path) -> list[dict[str, object]]:
    """Measure, print and return the rows of one benchmark."""
    measure = import_module(f"benchmarks.{name}").measure
    extra = {"figure": out / "cost_growth.png"} if name == "cost_growth" else {}
    rows = []
    for row in measure(**extra):
        low, high = row.spread
        spread = "" if low == high else f" [{low:.4g}, {high:.4g}]"
        verdict = "met" if row.met else "skipped" if row.note.startswith("skipped") else "NOT MET"
        number = f"{row.measured:.4g}{' ' + row.unit if row.unit else ''}{spread}"
        print(f"{row.name}\n    goal {row.relation} {row.goal:g}   measured {number}   {verdict}", flush=True)
        if row.note:
            print(f"    {row.note}", flush=True)
        rows.append(asdict(row) | {"met": row.met})
    return rows


if __name__ == "__main__":
    main()
