"""`python -m bntheory`, and the command `bntheory`: an interrupt while modules are loaded is told as any other."""

import os
import sys


def main() -> int:
    """Run one command and return its exit code."""
    _open_closed_streams()
    try:
        from bntheory.cli import main as command

        return command()
    except KeyboardInterrupt:
        print("bntheory: interrupted", file=sys.stderr)
        return 130


def _open_closed_streams() -> None:
    """Send what goes to a stream that was closed (`>&-`) nowhere: Python has None there, which nothing can ask."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  open as long as the process


if __name__ == "__main__":
    sys.exit(main())
