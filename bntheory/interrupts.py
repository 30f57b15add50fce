"""Ctrl-C that stops a long run even where its KeyboardInterrupt is swallowed.

Python raises the interrupt in whatever happens to run. In a callback of the garbage collector (Hypothesis has one) or a
destructor it is printed as "Exception ignored in", and the run goes on.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def remembered() -> Iterator[Callable[[], None]]:
    """Within it an interrupt is raised as ever and remembered; what it gives raises a remembered one again.

    The handler that was there before is called, and put back at the end. Outside the main thread, and where interrupts
    are ignored, nothing is done.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: None
        return
    arrived = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal arrived
        try:
            before(number, frame)
        except KeyboardInterrupt:
            arrived = True
            raise

    def stop() -> None:
        if arrived:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, remember)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
