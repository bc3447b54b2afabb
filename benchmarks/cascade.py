"""`python -m benchmarks.cascade FOLDER`: is it faster, and as right, if a smaller network answers easy pictures?

features of all networks -> heads that have not seen the source or kind -> rule, chosen on two folds, applied to a third
    -> what is handed on to the large network, mistakes beside those of the large one alone, and processor time
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import cascade_cost, cascade_features, cascade_judges, cascade_rule, cascade_student
from benchmarks.cascade_cost import Costs
from benchmarks.cascade_features import LARGE, Floats, Photograph
from benchmarks.cascade_rule import Judged, Large, Mask, Shown
from recognizer import Recognizer
from recognizer.engines.openvino import OpenVINOEngine
from recognizer.engines.quiet import load_tensorflow
from recognizer.model_file.rejection_head import HeadScore
from recognizer.registry.versions import active
from training.calibration.head_rejection import ACCEPTED_SHARE
from training.calibration.ood import threshold
from training.data.dataset import scan
from training.data.sources import find_sources
from training.data.unknown_images import find_unknown

NETWORKS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (128, ("conv5",)),
    (96, ("conv5",)),
    (128, ("conv3", "conv4")),
    (96, ("conv3", "conv4")),
    (LARGE, ("conv3", "conv4")),
    (LARGE, ("conv3",)),
)
"""Input size, and the stages whose features are judged; what lies behind the last of them is not computed."""
ALLOWANCES = (0.0, 0.002, 0.005)
"""How many more mistakes of a kind the rule may make where it is chosen, as a share of the pictures."""


def main(arguments: list[str] | None = None) -> int:
    """Computes what is missing, and prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cascade", description=__doc__)
    parser.add_argument("folder", type=Path, help="where features are kept; a second call goes on from there")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="class folders, with a manifest of sources"
    )
    parser.add_argument(
        "--unknown", type=Path, required=True, metavar="DIR", help="other things, named by kind: fox-012.jpg"
    )
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="a model file with its compiled graph (default: the active one)"
    )
    parser.add_argument("--share", default="0/1", metavar="K/N", help="compute the K-th of N parts only, and no table")
    parser.add_argument("--as-far", action="store_true", help="compute nothing: the table of what is there")
    options = parser.parse_args(arguments)
    recognizer = Recognizer.open(options.model or active(), threads=1, threads_per_picture=1)
    found = photographs(options.data, options.unknown, recognizer.metadata.class_names)
    worker, workers = map(int, options.share.split("/"))
    if not options.as_far:
        cascade_features.compute(options.folder, recognizer, found, workers=workers, worker=worker)
    if workers == 1:
        report(options.folder, recognizer, found)
    return 0


def report(folder: Path, recognizer: Recognizer, found: Sequence[Photograph]) -> None:
    """Prints the costs and the table."""
    engine, score = recognizer.engine, recognizer.artifact.ood_score
    if not isinstance(engine, OpenVINOEngine) or not isinstance(score, HeadScore):
        raise SystemExit("Expected a model with a compiled graph and a rejection head.")
    load_tensorflow()
    shown = Shown.of(found, cascade_features.rows(folder))
    graph = engine.graph.path
    costs = cascade_cost.measure(recognizer, graph, folder)
    looks = cascade_judges.judged(folder, shown, LARGE, ("conv5",), score.backbone, again=True)
    alone = cascade_rule.large(looks[0], looks[1], shown)
    print("\n".join([*costs.lines(), "", *_heading(shown, alone)]))
    for size, stages in NETWORKS:
        [small] = cascade_judges.judged(folder, shown, size, stages, score.backbone)
        _print_rows(f"{size} to {stages[-1]}", small, shown, alone, partial(costs.pair, size, stages[-1]), costs)
    [small] = cascade_judges.kept(
        folder, shown, "student", ("served",), lambda: cascade_student.judge(folder, recognizer, graph, found, shown)
    )
    size, stage = cascade_student.SIZE, cascade_student.STAGE
    _print_rows(f"student, {size} to {stage}", small, shown, alone, partial(costs.pair, size, stage), costs)


def _heading(shown: Shown, alone: Large) -> Iterator[str]:
    known = shown.known
    misnamed, refused, taken = alone.answers.mistakes(shown.labels)
    kinds = Counter(group.split("/")[0] for group in shown.groups[~known])
    yield f"{known.sum()} pictures of the classes, {(~known).sum()} of other things: {dict(kinds)}"
    yield (
        f"large one alone: {misnamed.sum()} misnamed, {refused.sum()} turned away, {taken.sum()} taken;"
        f" passes {alone.passes[known].mean():.2f} and {alone.passes[~known].mean():.2f}"
    )
    yield "network | allowance | handed on | misnamed | turned away | taken | times as fast: known, others, all"


def _print_rows(
    name: str, small: Judged, shown: Shown, alone: Large, cost_of: Callable[[Mask, Floats], Floats], costs: Costs
) -> None:
    """What the small network would do alone, and a row for each allowance."""
    known, before = shown.known, costs.large(alone.passes)
    misnamed = small.logits.argmax(axis=1)[known] != shown.labels[known]
    taken = small.scores[~known] >= threshold(small.scores[known], ACCEPTED_SHARE)
    print(f"{name}, alone: {misnamed.sum()} misnamed; {taken.mean():.1%} taken, accepting {ACCEPTED_SHARE:.1%}")
    for allowance in ALLOWANCES:
        pair = cascade_rule.across_folds(small, alone.answers, shown, allowance)
        cells = [name, f"{allowance:.1%}"]
        cells.append(f"{pair.handed_on[known].mean():.0%}, {pair.handed_on[~known].mean():.0%}")
        for old, new in zip(alone.answers.mistakes(shown.labels), pair.answers.mistakes(shown.labels), strict=True):
            broken, mended, p = cascade_rule.mcnemar(old, new)
            cells.append(f"{new.sum()} (+{broken} -{mended}, p = {p:.2g})")
        cost = cost_of(pair.handed_on, alone.passes)
        parts = (known, ~known, np.ones_like(known))
        cells.append(", ".join(f"{before[part].mean() / cost[part].mean():.2f}" for part in parts))
        print(" | ".join(cells), flush=True)


def photographs(data: Path, unknown: Path, class_names: Sequence[str]) -> list[Photograph]:
    """Those of the classes with their sources, then those of other things with their kinds."""
    dataset = scan(data)
    sources = find_sources(dataset)
    if sources is None or dataset.class_names != tuple(class_names):
        raise SystemExit(f"Expected the classes {', '.join(class_names)}, with sources, in {data}.")
    known = [Photograph(image.path, image.label, sources[image]) for image in dataset.images]
    others = find_unknown([unknown], class_names)
    return known + [Photograph(one.path, -1, f"{one.folder}/{one.kind}") for one in others]


if __name__ == "__main__":
    sys.exit(main())
