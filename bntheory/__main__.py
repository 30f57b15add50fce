"""`python -m bntheory`, and the command `bntheory`: an interrupt while modules are loaded is told as any other."""

import sys


def main() -> int:
    """Run one command and return its exit code."""
    try:
        from bntheory.cli import main as command

        return command()
    except KeyboardInterrupt:
        print("bntheory: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
