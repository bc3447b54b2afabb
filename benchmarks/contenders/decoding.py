"""What a picture costs before and beside the network: decoding alone, and the whole way from bytes to answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import cycle

from benchmarks import processes, rows, timing
from benchmarks.pictures import LARGE, SMALL, Kind
from benchmarks.plan import Plan, Step
from benchmarks.rows import OURS, Row
from benchmarks.timing import Call
from recognizer import Recognizer
from recognizer.engines import one_blas_thread
from recognizer.images import decode
from recognizer.images.decode import Picture
from recognizer.preprocessing import resize_and_crop


def measure(plan: Plan, step: Step) -> Iterator[Row]:
    """Both kinds of pictures; the large ones also without our decoding at reduced scale."""
    step("opening the model")
    one_blas_thread.keep_to_one_thread()  # As the server opens it.
    recognizer = Recognizer.open(plan.model, threads_per_picture=1, all_threads_when_idle=True)
    for kind in (SMALL, LARGE):
        jpegs = plan.jpegs(kind)
        step(f"decoding, {kind.name}")
        yield _decoding(OURS, kind, [partial(_prepare, recognizer, jpeg) for jpeg in jpegs], plan)
        step(f"decoding whole, {kind.name}")
        yield _decoding("decoded whole", kind, [partial(_prepare_whole, recognizer, jpeg) for jpeg in jpegs], plan)
        yield _in_process(recognizer, kind, jpegs, plan, step)


def _decoding(name: str, kind: Kind, calls: Sequence[Call], plan: Plan) -> Row:
    turn = cycle(calls)

    def call_next() -> object:
        return next(turn)()

    return Row(rows.decoding(kind.name), name, "1 thread", timing.latency(call_next, plan.seconds))


def _prepare(recognizer: Recognizer, jpeg: bytes) -> object:
    return _pixels(recognizer, recognizer.decode(jpeg))


def _prepare_whole(recognizer: Recognizer, jpeg: bytes) -> object:
    return _pixels(recognizer, decode.decode(jpeg))


def _pixels(recognizer: Recognizer, picture: Picture) -> object:
    return resize_and_crop(picture.rgb, recognizer.metadata.preprocessing)


def _in_process(recognizer: Recognizer, kind: Kind, jpegs: list[bytes], plan: Plan, step: Step) -> Row:
    """What HTTP is compared with: as many threads as answer most."""
    rates = {}
    for threads in (plan.cores, 2 * plan.cores, 4 * plan.cores):
        step(f"bytes to answer, {kind.name}, {threads} threads")
        calls = [partial(recognizer.classify, jpegs[number % len(jpegs)]) for number in range(threads)]
        rates[f"{threads} threads"] = timing.per_second(calls, plan.seconds)
    best = max(rates, key=rates.__getitem__)
    return Row(rows.in_process(kind.name), OURS, best, per_second=rates[best], memory=processes.memory())
