"""Speed as ratios taken in one process: `python -m benchmarks` prints goal, measured, met. Not part of the tests."""
