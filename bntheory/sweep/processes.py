"""Blocks computed by processes on this machine; one that dies costs the blocks being computed, and no more."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, connection, get_context, parent_process
from threading import Thread

from bntheory.errors import InvalidInput
from bntheory.sweep.blocks import Block, Runs, compute
from bntheory.sweep.spec import Spec

#: Blocks handed out at a time to each worker: enough that none waits, few enough to be held in memory.
_AHEAD = 3
#: Pools that may break in a row before anything is finished.
_ATTEMPTS = 3


def in_processes(spec: Spec, blocks: Sequence[Block], workers: int) -> Iterator[tuple[Block, Runs]]:
    """Each block with its runs, in the order in which they are finished.

    Raises
    ------
    InvalidInput
        If processes die three times without finishing a block in between.
    """
    waiting, broken = deque(blocks), 0
    while waiting:
        lost: list[Block] = []
        for block, runs in _by_one_pool(spec, waiting, workers, lost):
            broken = 0
            yield block, runs
        if lost:
            broken += 1
            waiting.extendleft(reversed(lost))
        if broken == _ATTEMPTS:
            rule = f"had processes that died {_ATTEMPTS} times without finishing a block (memory, or a kill)"
            raise InvalidInput("--workers", workers, rule, "give --workers 1: finished blocks are kept")


def _by_one_pool(spec: Spec, waiting: deque[Block], workers: int, lost: list[Block]) -> Iterator[tuple[Block, Runs]]:
    """Blocks from `waiting` until there are none, or the pool is broken: then `lost` gets what was handed out."""
    others = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_serve_the_parent_alone)
    running: dict[Future[Runs], Block] = {}
    try:
        broken = False
        while not broken and (waiting or running):
            while waiting and len(running) < _AHEAD * workers:
                future = pool.submit(compute, spec, waiting[0])
                running[future] = waiting.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    broken = True
                elif error is None:
                    yield running[future], future.result()
                    del running[future]
                elif isinstance(error, InvalidInput):
                    raise error
                else:
                    rule = f"met a block that failed ({type(error).__name__}: {error})"
                    remedy = "run the same command, with fewer workers if memory is short: finished blocks are kept"
                    raise InvalidInput("--workers", workers, rule, remedy) from error
    except BrokenProcessPool:  # on submitting
        pass
    finally:
        lost += running.values()
        if running:  # broken, interrupted, or failed: nobody waits for what they are at
            for child in set(active_children()) - others:
                child.terminate()
        pool.shutdown(cancel_futures=True)


def _serve_the_parent_alone() -> None:
    """Leave interrupts to the parent, and end when it has gone, however it went: nobody waits for a block then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
