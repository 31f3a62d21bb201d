"""Training in several processes at once, each on its share of every batch, by PyTorch.

Each process makes the array program of the same scalar model for as many samples as its share has,
wraps it in PyTorch's DistributedDataParallel, and so takes the mean of all gradients before each
update. All processes hold the same parameters at any time.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
import torch.distributed as distributed
from torch.nn.parallel import DistributedDataParallel

from ..checks import count
from ..history import History
from ..modules import Module
from ..updates import commit, data_of
from .nested import without_arrays
from .vectorizing import vectorize

Losses = Callable[[list[Any], list[Any]], Any]


@dataclass(frozen=True)
class _Run:
    """What each process is told."""

    model: Any
    X: list[Any]
    y: list[Any]
    loss: Losses
    optimizer: Callable[[Iterable[Any]], Any]
    epochs: int
    share: int
    seed: int
    checkpoint: str | None
    patience: float


def fit_data_parallel(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: Losses,
    optimizer: Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer],
    epochs: int,
    processes: int,
    batch_size: int | None = None,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    timeout: float = 60.0,
) -> History:
    """Train `model` in several processes of this machine; its parameters are changed at the end.

    model, X, y  as for `fit`; they and `loss` go to the processes, so they can be pickled
    loss         a mean over the samples of a batch, since that of the processes' losses is taken
    optimizer    makes PyTorch's from the parameters: ``partial(torch.optim.SGD, lr=0.1)``
    processes    how many; each takes an equal part of every batch
    batch_size   samples an update, of all processes together; by default all of them
    seed         of the shuffling of batches
    checkpoint   a safetensors file to which the weights are written after each epoch
    timeout      the seconds after which processes no longer wait for one that is silent

    A program that calls it has ``if __name__ == "__main__":`` around what it does, as processes
    import it anew. A ValueError for batches that cannot be shared out evenly, a RuntimeError where
    a process fails or is killed: it says in which epoch, and where the last weights are; the
    parameters of `model` are then as they were.
    """
    xs, ys = list(without_arrays(X)), list(without_arrays(y))
    size = len(xs) if batch_size is None else count(batch_size, "batch_size")
    if len(xs) != len(ys) or not xs:
        raise ValueError(f"X and y are as many samples as targets, not {len(xs)} and {len(ys)}")
    if size % count(processes, "processes") or len(xs) % size:
        raise ValueError(
            f"{len(xs)} samples in batches of {size} are not shared out evenly by {processes} "
            "processes"
        )
    share, path = size // processes, str(checkpoint) if checkpoint is not None else None
    run = _Run(model, xs, ys, loss, optimizer, count(epochs, "epochs"), share, seed, path, timeout)
    history = History(backend=f"torch in {processes} processes")
    started = time.perf_counter()
    commit(model.parameters(), _supervised(run, processes, history), {}, {})
    history.seconds = time.perf_counter() - started
    return history


def _supervised(run: _Run, processes: int, history: History) -> list[float]:
    """Start the processes, note the losses that they tell, and return the last parameters."""
    context: Any = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
    if os.name != "nt":
        context.set_forkserver_preload([__name__])  # so that PyTorch is imported once
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder, "meeting").as_uri()
        pipes = [context.Pipe(duplex=False) for _ in range(processes)]
        workers = [
            context.Process(target=_work, args=(run, rank, processes, meeting, pipe[1]))
            for rank, pipe in enumerate(pipes)
        ]
        try:
            for worker, (_, sending) in zip(workers, pipes):
                worker.start()
                sending.close()  # here, so that it ends when the process does
            return _listen(run, [receiving for receiving, _ in pipes], workers, history)
        finally:
            for worker in workers:
                if worker.pid is not None:
                    worker.kill()
                    worker.join()


def _listen(
    run: _Run, pipes: list[Connection], workers: list[Any], history: History
) -> list[float]:
    """Note what the processes say, until the first has told the last parameters."""
    last: list[float] | None = None
    open_pipes = list(pipes)
    while open_pipes:
        for pipe in wait(open_pipes):
            assert isinstance(pipe, Connection)
            rank = pipes.index(pipe)
            try:
                kind, said = pipe.recv()
            except EOFError:
                open_pipes.remove(pipe)
                workers[rank].join()
                if workers[rank].exitcode:
                    raise _failure(run, rank, workers[rank].exitcode, history) from None
                continue
            if kind == "loss":
                history.losses.append(said)
            elif kind == "parameters":
                last = said
            else:
                raise RuntimeError(f"process {rank} failed{_where(run, history)}:\n{said}")
    assert last is not None
    return last


def _failure(run: _Run, rank: int, code: int, history: History) -> RuntimeError:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
    return RuntimeError(f"process {rank} {how}{_where(run, history)}")


def _where(run: _Run, history: History) -> str:
    kept = f" in epoch {history.epochs}"
    if run.checkpoint is not None and history.epochs:
        kept += f"; the weights after epoch {history.epochs - 1} are in {run.checkpoint}"
    return kept


def _work(run: _Run, rank: int, processes: int, meeting: str, pipe: Connection) -> None:
    """What one process does."""
    try:
        torch.set_num_threads(1)
        distributed.init_process_group(
            "gloo",
            init_method=meeting,
            rank=rank,
            world_size=processes,
            timeout=timedelta(seconds=run.patience),
        )
        _train(run, rank, processes, pipe)
        distributed.destroy_process_group()
    except Exception as error:
        if isinstance(error, distributed.DistError) or "gloo" in str(error).lower():
            time.sleep(run.patience)  # another process is gone, and the parent will say which
        else:
            pipe.send(("error", traceback.format_exc()))


def _train(run: _Run, rank: int, processes: int, pipe: Connection) -> None:
    share, size = run.share, run.share * processes
    program = vectorize(run.model, run.loss, run.X[:share], run.y[:share])
    module = program.to_torch()
    parallel: Any = DistributedDataParallel(module)
    optimizer = run.optimizer(module.parameters())
    X = torch.from_numpy(np.array(run.X, int if program.indices else float))
    y = torch.from_numpy(np.array(run.y))
    order, rng = list(range(len(X))), Random(run.seed)
    for _ in range(run.epochs):
        if size < len(X):
            rng.shuffle(order)
        mean = torch.zeros(1, dtype=torch.float64)
        for first in range(rank * share, len(X), size):
            mine = order[first : first + share]
            optimizer.zero_grad()
            loss = parallel(X[mine], y[mine])
            loss.backward()
            optimizer.step()
            mean += loss.detach() * (share / len(X))
        distributed.all_reduce(mean)
        if rank == 0:
            commit(program.parameters, module.theta().tolist(), {}, {})
            if run.checkpoint is not None:
                run.model.save(run.checkpoint)
            pipe.send(("loss", mean.item()))
    if rank == 0:
        pipe.send(("parameters", data_of(run.model.parameters())))
