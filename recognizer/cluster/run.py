"""Ray Data at work: pictures and shards go out to actors, a core each, and rows of answers come back as they are ready.

pictures -------------------------> Classifier, in actors -> rows, in no order
shards -> read_shard, in tasks --->
"""

from __future__ import annotations

import logging
import math
import time
import warnings
from collections.abc import Collection, Generator, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import ray
import ray.data
import ray.exceptions
from ray.data import ActorPoolStrategy, DataContext, Dataset
from ray.data.exceptions import SystemException
from ray.util.annotations import RayDeprecationWarning

from recognizer.cluster.classifier import PICTURES, SHARDS, Classifier, read_shard
from recognizer.cluster.connection import cause
from recognizer.cluster.head import ClusterFailed, MachineLost
from recognizer.cluster.sources import Found, Place

# An actor and a task that reads a shard share a core: with a whole one for the actor, a machine of one core waits for
# ever.
_ACTOR_CORES, _READER_CORES = 0.75, 0.25
_BATCH = 64
_MOST_IN_BLOCK = 1000
_BLOCKS_PER_CORE = 8
# A picture that brings down one process after another ends the run instead of going round for ever.
_MOST_RETRIES = 5
# A machine that is switched off is missed after half a minute and more; until then its actors are only unavailable.
_MOST_TRIES_IN_VAIN, _PAUSE_S = 20, 5.0


def answers(
    found: Found, done: Collection[str], model: Path, answered_by: dict[str, str], *, cores: int, second_look: bool
) -> Generator[pa.Table, None, None]:
    """Rows of answers, in the order in which they are ready.

    Args:
        found: what is to be classified.
        done: paths that have their row.
        model: the model file, at the same path on each machine.
        answered_by: `model` and `digest`, as the rows have them.
        cores: actors to have.
        second_look: whether to look again where the model is unsure.

    Raises:
        ClusterFailed: Ray gave up, or the model file is missing on a machine, or another one there.
    """
    received, tries = set(done), 0
    while True:
        try:
            for rows in _answers(found, received, model, answered_by, cores=cores, second_look=second_look):
                received.update(rows.column("path").to_pylist())
                tries = 0
                yield rows
        except MachineLost:  # What is missing goes to the others, once Ray knows that it is gone.
            tries += 1
            if tries > _MOST_TRIES_IN_VAIN:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _answers(
    found: Found, done: Collection[str], model: Path, answered_by: dict[str, str], *, cores: int, second_look: bool
) -> Iterator[pa.Table]:
    """As `answers`, until a machine goes away."""
    pictures = [place for place in found.pictures if place.path not in done]
    size = block_rows(len(pictures), cores) if pictures else _MOST_IN_BLOCK
    inputs = [*_pictures(pictures, size), *_shards(found.shards, done)]
    if not inputs:
        return
    joined = inputs[0].union(*inputs[1:]) if len(inputs) > 1 else inputs[0]
    _be_quiet()
    dataset = _answered(joined, model, answered_by, cores, second_look=second_look, size=size)
    try:
        yield from dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
    except (ray.exceptions.RayError, SystemException) as err:
        raise (MachineLost if _is_of_a_lost_machine(err) else ClusterFailed)(cause(err)) from err


def _is_of_a_lost_machine(error: BaseException) -> bool:
    """Whether Ray gave a task up because its actor did not answer: it tries a few times, within moments."""
    return "temporarily unavailable" in str(error)


def _answered(
    inputs: Dataset, model: Path, answered_by: dict[str, str], cores: int, *, second_look: bool, size: int
) -> Dataset:
    with warnings.catch_warnings():
        # Ray 2.60 says that `max_task_retries` will have another name in 2.64, and has none yet.
        warnings.simplefilter("ignore", RayDeprecationWarning)
        return inputs.map_batches(
            Classifier,
            fn_constructor_args=(model, answered_by),
            fn_constructor_kwargs={"second_look": second_look},
            batch_size=min(_BATCH, size),
            batch_format="pyarrow",
            compute=ActorPoolStrategy(size=cores),
            num_cpus=_ACTOR_CORES,
            max_task_retries=_MOST_RETRIES,
        )


def _be_quiet() -> None:
    """What Ray Data tells of its own accord: bars beside ours, and the whole way of a failure, which is in its log."""
    DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)


def block_rows(pictures: int, cores: int) -> int:
    """Pictures that one task answers: a few tasks for each core, so that none waits long for the last one."""
    return min(_MOST_IN_BLOCK, max(1, math.ceil(pictures / (cores * _BLOCKS_PER_CORE))))


def _pictures(places: Sequence[Place], size: int) -> Iterator[Dataset]:
    tables = [_table(places[start : start + size], PICTURES) for start in range(0, len(places), size)]
    if tables:
        yield ray.data.from_arrow(tables)


def _shards(places: Sequence[Place], done: Collection[str]) -> Iterator[Dataset]:
    """Each shard in a block of its own: they are read side by side."""
    within = _within(places, done)
    tables = [_table([place], SHARDS, done=[within[place.path]]) for place in places]
    if tables:
        shards = ray.data.from_arrow(tables)
        yield shards.map_batches(read_shard, batch_size=1, batch_format="pyarrow", num_cpus=_READER_CORES)


def _within(places: Sequence[Place], done: Collection[str]) -> dict[str, list[str]]:
    """Those that have their row, by the shard that they are in; a shard that could not be read is read again."""
    within: dict[str, list[str]] = {place.path: [] for place in places}
    for path in done:
        start = path
        while "/" in start:
            start = start.rpartition("/")[0]
            if start in within:
                within[start].append(path)
                break
    return within


def _table(places: Sequence[Place], schema: pa.Schema, **others: list[list[str]]) -> pa.Table:
    columns = {name: [getattr(place, name) for place in places] for name in ("path", "store", "inside")} | others
    nothing = [None] * len(places)
    return pa.table({name: columns.get(name, nothing) for name in schema.names}, schema=schema)
