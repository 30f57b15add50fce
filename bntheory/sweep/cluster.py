"""Blocks computed on a Dask cluster: the scheduler gives those of a lost worker to another one.

Workers send their runs back and write nothing, so that they need no disk in common with anybody. Each block checks
that the worker's code and libraries are those of this process.
"""

from __future__ import annotations

import logging
import sys
import warnings
from asyncio import CancelledError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from platform import node
from typing import TYPE_CHECKING, Any

from bntheory.errors import InvalidInput, MissingExtra
from bntheory.sweep.blocks import Block, Runs, compute
from bntheory.sweep.folder import code_identity
from bntheory.sweep.spec import Spec

if TYPE_CHECKING:
    from distributed import Client

#: Seconds to wait for the scheduler, at the start and when the connection is lost.
_PATIENCE = 5
#: Blocks handed out at a time for each of the workers' threads, and at least.
_AHEAD, _LEAST = 3, 32


def on_cluster(spec: Spec, blocks: Sequence[Block], address: str) -> Iterator[tuple[Block, Runs]]:
    """Each block with its runs, in the order in which they are finished; without workers it waits for one.

    `check_scheduler` comes first.

    Parameters
    ----------
    spec : Spec
    blocks : sequence of Block
    address : str
        That of a Dask scheduler, such as tcp://host:8786.

    Raises
    ------
    InvalidInput
        If the scheduler cannot be reached or is lost, or a block fails: on other code, or as three workers died of it.
    """
    from distributed import as_completed

    identity, waiting = code_identity(), iter(blocks)
    running: dict[Any, Block] = {}
    with _quiet(), _connected(address) as client:
        finished = as_completed(loop=client.loop)

        def hand_out() -> None:
            most = max(_AHEAD * sum(client.nthreads().values()), _LEAST)
            while len(running) < most and (block := next(waiting, None)) is not None:
                key = ("bntheory-sweep", spec.digest, identity, block.number)
                future = client.submit(_checked_compute, spec, block, identity, key=key)
                running[future] = block
                finished.add(future)

        try:
            hand_out()
            if not client.nthreads():
                print(f"bntheory: no worker yet: start some with dask worker {address}", file=sys.stderr, flush=True)
            for future in finished:
                if future.status == "error":
                    raise _failure(future.exception(), address)
                yield running.pop(future), future.result()  # that of a cancelled future raises
                hand_out()
        except (Exception, CancelledError) as error:  # asyncio's CancelledError is no Exception
            if isinstance(error, InvalidInput) or (client.status == "running" and not isinstance(error, OSError)):
                raise
            remedy = "run the same command once it is back, since finished blocks are kept"
            raise InvalidInput("--scheduler", address, "was lost", remedy) from error


def check_scheduler(address: str) -> None:
    """Connect and leave again, before anything is written; raises what `on_cluster` raises of an address."""
    try:
        import distributed  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra("distributed", "distributed", "--scheduler") from error
    with _quiet(), _connected(address):
        pass


def _checked_compute(spec: Spec, block: Block, identity: str) -> Runs:
    """A block, on a worker whose code is that of the sender."""
    if code_identity() != identity:
        remedy = "install the same versions on every host"
        raise InvalidInput(f"the worker on {node()}", code_identity(), f"must be {identity}", remedy)
    return compute(spec, block)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    from distributed import Client
    from distributed.comm.addressing import get_address_host_port

    try:
        get_address_host_port(address, strict=True)
    except (ValueError, TypeError) as error:
        rule = "is not an address with a protocol that is installed here, a host and a port"
        raise InvalidInput("--scheduler", address, rule, "give one such as tcp://host:8786") from error
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ImportError) as error:  # no answer, or one of another version
        rule = f"cannot be reached ({type(error).__name__} after at most {_PATIENCE} s)"
        raise InvalidInput(
            "--scheduler", address, rule, "start one with dask scheduler, and give its address"
        ) from error
    with client:
        yield client


def _failure(error: Exception, address: str) -> InvalidInput:
    """What the user can do about a block that failed."""
    if isinstance(error, InvalidInput):
        return error
    text = str(error).partition("\n")[0]
    remedy = "install the same bntheory[distributed] on every host and run the same command: finished blocks are kept"
    return InvalidInput("--scheduler", address, f"has a block that failed ({type(error).__name__}: {text})", remedy)


@contextmanager
def _quiet() -> Iterator[None]:
    """Within it the cluster's own log and warnings do not mix with ours; `_checked_compute` compares versions."""
    logs = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    before = [log.level for log in logs]
    try:
        for log in logs:
            log.setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="distributed")
            yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)
