"""The pipeline of a training run: from folders of pictures to a model file, its serving graph and its report.

scan -> audit -> split -> cross-validation -> train, see trainer/trainer.py -> export -> compile -> calibrate -> report
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import keras

from recognizer import Recognizer, architectures
from recognizer.engines.graph_files import Parity, Precision
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from recognizer.model_file.results import BySource, Phase, Results
from recognizer.preprocessing import Preprocessing
from training import outcome, plan
from training.audit import inspect
from training.calibration.calibrate import Calibration, calibrate
from training.config import HEAD, Recipe
from training.cross_validation import CrossValidation, cross_validate
from training.data import unknown_images
from training.data.dataset import Dataset, LabelledImage, scan, tell
from training.data.earlier_split import EarlierSplit
from training.data.groups import Grouping
from training.data.split import Sources, divide
from training.errors import OutcomeError, RecipeError
from training.evaluation import by_source
from training.evaluation.confidence_intervals import Share
from training.evaluation.evaluate import Evaluation, evaluate
from training.export import model_file, provenance, serving_graph
from training.job import Job
from training.network import backbone_head, starting_weights
from training.optim.precision import computing_in, dtype_policy
from training.outcome import Asked, Versus
from training.report import model_page
from training.report.contents import Contents
from training.trainer.run import RunFolder, RunOptions, open_run
from training.trainer.run_identity import RunIdentity
from training.trainer.stop import Deadline
from training.trainer.trainer import Trained, train

_NOTHING = Asked()


@dataclass(frozen=True)
class Fit:
    """The result of a training run."""

    path: Path
    """The model file."""
    audit: inspect.Audit
    evaluation: Evaluation
    """How the model file does on the pictures that were held back."""
    served: Evaluation
    """The same of its compiled graph, with the rejection that was chosen."""
    compared: tuple[Versus, ...]
    """How other models do on them, where that was asked for."""
    parity: Mapping[Precision, Parity]
    """How close the serving graph comes to the model file, by its precision."""
    calibration: Calibration
    """The temperature and the rejection that were chosen."""
    cross_validation: CrossValidation | None
    """How the recipe does on groups that were left out, where that was asked for."""
    report: Path
    """The HTML page about the model."""


def fit(
    folders: Sequence[Path],
    recipe: Recipe,
    out: Path,
    *,
    grouping: Grouping | None = None,
    photographs: bool = True,
    options: RunOptions | None = None,
    asked: Asked = _NOTHING,
    before: EarlierSplit | None = None,
) -> Fit:
    """Trains on the class folders in `folders` and writes the model file `out`, its serving graph and its report.

    What is done is kept in a folder beside `out` until all of that is written, see trainer/run.py; nothing stands at
    `out` before.

    Args:
        folders: with one folder a class; those of the same name are one class. Where they contradict each other, the
            last one counts.
        recipe: all options of the training.
        out: where the model file goes; graph and report go beside it.
        grouping: which pictures belong together, and are held back together; default: copies of each other.
        photographs: whether the report shows photographs.
        options: how the run begins and ends; default: from the beginning to the end.
        asked: what is to be told of the pictures, and which other models are compared with.
        before: how an earlier training was divided, so that the same pictures are held back.

    Raises:
        DatasetError, RecipeError, WeightsError: what was given cannot be used; nothing is written.
        RunError: an earlier run is in the way, or is not the one to go on with.
        ArtifactError: the file cannot be written.
        OutcomeError: the model is written, and what was asked for of its pictures cannot be.
        KeyboardInterrupt: somebody stopped it; what is done is kept.
    """
    options = options or RunOptions()
    preprocessing = preprocessing_of(recipe)
    starting_weights.refuse_unfit(recipe.architecture, recipe.weights)
    head = backbone_head.find(recipe)
    artifact.check_writable(out)
    if asked.file is not None:
        outcome.check_writable(asked.file, out)
    with open_run(out, resume=options.resume, overwrite=options.overwrite) as run:
        deadline = Deadline(
            recipe.time_budget_min, spent_s=run.spent_s(), finish=options.finish, finish_when=options.finish_when
        )
        pictures = scan(*folders)
        tell(pictures)
        audited = inspect.audit(pictures, _unknown(recipe, pictures))
        partition = divide(audited.dataset, grouping, recipe, copies=audited.groups, before=before)
        groups = partition.sources.groups if partition.sources else None
        job = Job(audited.dataset, partition.parts, recipe, preprocessing, groups)
        policy = dtype_policy(recipe.precision)
        run.agree(RunIdentity.of(job, arithmetic=policy))
        plan.tell(job, audited)
        with computing_in(policy):
            crossed = _cross_validate(job, partition.sources, grouping, copies=audited.groups, run=run, options=options)
            keras.utils.set_random_seed(recipe.seed)
            trained = train(job, run=run, deadline=deadline, options=options)
        draft = run.draft(out.name)
        evaluation = _export(trained, draft, job, crossed, training_seconds=deadline.spent_s())
        parity = serving_graph.make(draft, job)
        calibration = calibrate(
            draft,
            draft,
            job.parts,
            recipe,
            copies=audited.groups,
            sources=partition.sources,
            head=head,
            logit_factor=trained.logit_factor,
        )
        page = model_page.default_path(out)
        served = _write_report(draft, page, job, audited, photographs=photographs)
        compared = tuple(outcome.versus(rival, served, job, audited) for rival in asked.rivals)
        model_file.publish(draft, out)  # After graph and report: what is listed, activated and served is whole.
        if asked.file is not None:
            _write_outcome(asked.file, out, served, job, audited, compared, calibration.others)
        run.remove()
    return Fit(
        path=out,
        audit=audited,
        evaluation=evaluation,
        served=served,
        compared=compared,
        parity=parity,
        calibration=calibration,
        cross_validation=crossed,
        report=page,
    )


def _cross_validate(
    job: Job,
    sources: Sources | None,
    grouping: Grouping | None,
    *,
    copies: Mapping[LabelledImage, int],
    run: RunFolder,
    options: RunOptions,
) -> CrossValidation | None:
    if sources is None or grouping is None or not grouping.folds or options.finish:
        return None
    alone = partial(train_fold, options=replace(options, tensorboard=None))
    return cross_validate(job, sources.groups, copies=copies, count=grouping.folds, run=run, train=alone)


def train_fold(fold: Job, run: RunFolder, *, options: RunOptions) -> Trained:
    """Trains the job of a fold, as if it were a run of its own."""
    keras.utils.set_random_seed(fold.recipe.seed)
    return train(fold, run=run, deadline=Deadline(), options=options)


def _export(
    trained: Trained, out: Path, job: Job, crossed: CrossValidation | None, *, training_seconds: float
) -> Evaluation:
    record = provenance.record(job, starting_weights=trained.starting_weights, seconds=training_seconds)
    return model_file.export(
        trained.weights,
        out,
        job,
        provenance={**record.to_dict(), **trained.provenance()},
        results=_results(trained, crossed),
    )


def _results(trained: Trained, crossed: CrossValidation | None) -> Results:
    results = Results(history=tuple(Phase(**phase) for phase in trained.history))
    if crossed is None:
        return results
    of_sources = BySource(right=by_source.record(crossed.each)) if crossed.each else None
    return results.model_copy(update={"cross_validation": crossed.record(), "by_source": of_sources})


def _write_report(model: Path, page: Path, job: Job, audited: inspect.Audit, *, photographs: bool) -> Evaluation:
    """The report of the model as it will be served, so with its compiled graph; returns what it answers then."""
    recognizer = Recognizer.open(model)
    served = evaluate(recognizer, job.held_back)
    contents = Contents(
        recognizer=recognizer,
        evaluation=served,
        origin="held back",
        audit=audited,
        photographs=photographs,
    )
    model_page.write(page, contents)
    return served


def _write_outcome(
    file: Path,
    model: Path,
    served: Evaluation,
    job: Job,
    audited: inspect.Audit,
    compared: Sequence[Versus],
    others: Share | None,
) -> None:
    """Once the model is where it belongs: hours of work are not lost for want of a second file."""
    try:
        outcome.write(file, served, job, audited, compared, others)
    except OSError as err:
        raise OutcomeError(
            f"{model} is written. What became of each picture is not: {file}: {err.strerror or err}. Make room, or"
            " choose another place with --outcome, and give the same command with --resume in place of --overwrite."
        ) from err


def preprocessing_of(recipe: Recipe) -> Preprocessing:
    """The preprocessing that the recipe asks for; refuses stages and architectures that do not exist."""
    _check_stages(recipe)
    try:
        return architectures.preprocessing_of(recipe.architecture, input_size=recipe.input_size, grey=recipe.grey)
    except ArtifactError as err:
        raise RecipeError(str(err)) from err


def _check_stages(recipe: Recipe) -> None:
    known = architectures.ARCHITECTURES.get(recipe.architecture)
    if known is None:
        raise RecipeError(
            f"Expected architecture: {', '.join(architectures.ARCHITECTURES)}. Received: {recipe.architecture!r}"
        )
    parts = (*known.stages, HEAD)
    wrong = [phase.unfreeze for phase in recipe.fine_tune.phases() if phase.unfreeze not in parts]
    if wrong:
        raise RecipeError(f"Expected fine_tune.unfreeze out of: {', '.join(parts)}. Received: {', '.join(wrong)}")


def _unknown(recipe: Recipe, pictures: Dataset) -> list[Path]:
    """Pictures of other things. Looked for now, not when they are needed: that is after the training."""
    folders = [Path(folder) for folder in recipe.rejection.unknown or ()]
    found = unknown_images.find_enough_unknown(folders, pictures.class_names, classes=pictures) if folders else ()
    return [picture.path for picture in found]
