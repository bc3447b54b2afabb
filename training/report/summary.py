"""The plain sentences at the top of a model's page: how good it is, for people who never trained a network."""

from __future__ import annotations

from scipy.stats import fisher_exact

from recognizer import terminal
from recognizer.model_file.results import CrossValidation, Validation
from training.evaluation import new_source
from training.evaluation.confidence_intervals import CONFIDENCE, Share
from training.evaluation.evaluate import Evaluation
from training.evaluation.metrics import ClassFigures
from training.report.contents import Contents


def headline(correct: Share) -> str:
    """The headline of the page: how many of 100 new pictures are named rightly."""
    return f"Of 100 new pictures like these, {of_hundred(correct.value)} {_are(correct.value)} named rightly."


def percent(value: float, digits: int = 1) -> str:
    """98.8 %, which stays on one line."""
    return terminal.percent(value, digits).replace(" ", "\N{NO-BREAK SPACE}")


def of_hundred(value: float) -> str:
    """A share as a number out of 100, in words that do not promise more than was measured."""
    count = round(100 * value)
    if count == 100:
        return "nearly all" if value == 1 else "more than 99"
    if count == 0:
        return "hardly any" if value == 0 else "fewer than 1"
    return f"about {count}"


def sentences(contents: Contents) -> list[str]:
    """The sentences below the headline, the weightiest first."""
    evaluation = contents.evaluation
    found = [
        _caution(contents),
        _how_sure(evaluation.correct),
        _origin(contents),
        _new_sources(contents),
        _weakest(evaluation),
        _scores(evaluation),
        _unknown(contents),
    ]
    return [sentence for sentence in found if sentence]


def _are(value: float) -> str:
    return "is" if round(100 * value) == 1 else "are"


def _how_sure(correct: Share) -> str:
    low, high = correct.interval or (0, 1)
    return (
        f"It was tried on {correct.whole} pictures and named {correct.part} of them rightly. As far as so many can"
        f" tell, the true share of pictures like these lies between {100 * low:.1f} and {100 * high:.1f} of 100."
    )


def _weakest(evaluation: Evaluation) -> str:
    classes = [figures for figures in evaluation.classes if figures.n]
    worst = min(classes, key=lambda figures: figures.recall.value)
    if worst.recall.value == 1:
        return ""
    return (
        f"It misses “{worst.name}” most often: of 100 such pictures it finds {of_hundred(worst.recall.value)}."
        f" What it misses, it mostly takes for “{_mostly_taken_for(evaluation, worst)}”."
    )


def _mostly_taken_for(evaluation: Evaluation, figures: ClassFigures) -> str:
    index = evaluation.class_names.index(figures.name)
    others = evaluation.confusion_matrix[index].copy()
    others[index] = 0
    return evaluation.class_names[int(others.argmax())]


def _scores(evaluation: Evaluation) -> str:
    reliability = evaluation.reliability.equal_mass
    said, right = float(evaluation.scores.mean()), evaluation.accuracy
    compared = f"on average it says {percent(said)} and is right in {percent(right)}"
    if not reliability.is_proven_off:
        return f"Its scores mean what they say: {compared}. The difference is no more than chance."
    if abs(said - right) < reliability.error / 2:
        return f"Its scores are partly too high and partly too low, by {percent(reliability.error)} on average."
    modest = "It knows more than it says" if said < right else "It is surer than it should be"
    return f"{modest}: {compared}."


def _unknown(contents: Contents) -> str:
    unknown = contents.unknown
    if unknown is None:
        return _compared(contents) or (
            "How it answers pictures of other things was not tried. Without a rejection threshold, it gives each of"
            " them the name of one of its classes."
            if contents.evaluation.accepted.value == 1
            else "How it answers pictures of other things was not tried."
        )
    if unknown.accepted.value == 1:
        return "It cannot say “none of these”: every picture of something else gets the name of one of its classes."
    return (
        f"Of 100 pictures of other things, it takes {of_hundred(unknown.accepted.value)} for one of its classes; of 100"
        f" pictures of its classes, it accepts {of_hundred(contents.evaluation.accepted.value)}."
    )


def _compared(contents: Contents) -> str:
    """What the model file says that its way of telling other things reached on pictures that it had not been shown."""
    rejection = contents.recognizer.metadata.rejection
    if rejection is None:
        return ""
    served = [way for way in rejection.comparison if way.method == rejection.method]
    if not served:
        return ""
    taken = ", ".join(f"{percent(spread.mean)} of “{folder}”" for folder, spread in served[0].unknown.items())
    return (
        f"When it was made, it took {taken} for one of its classes: pictures of other things,"
        f" {rejection.judged_on}. Of 100 pictures of its classes here, it accepts"
        f" {of_hundred(contents.evaluation.accepted.value)}."
    )


def _caution(contents: Contents) -> str:
    if contents.origin != "trained on":
        return ""
    return "Caution: it was trained on these very pictures. On new ones it does worse than this page says."


def _origin(contents: Contents) -> str:
    match contents.origin:
        case "held back":
            return _left_out(contents.recognizer.metadata.measured.cross_validation) or (
                "These pictures were held back from the training, but they come from the same folders. Pictures from"
                " other places and cameras are harder: try it on some of those too, before you rely on it."
            )
        case "given":
            return _gap(contents.evaluation.correct, contents.recognizer.metadata.measured.validation)
        case "trained on":
            return ""


def _left_out(crossed: CrossValidation | None) -> str:
    """How the recipe did on groups that it was not trained on, as the model file says."""
    if crossed is None:
        return ""
    unseen, seen = crossed.accuracy_on_groups_left_out, crossed.accuracy_on_groups_trained_on
    return (
        f"In {len(crossed.folds)} more trainings, each without some of the groups that were named, it was right in"
        f" {percent(unseen)} of the pictures of groups that it had not seen, and in {percent(seen)} of those held back"
        " of groups that it had. Expect the first of pictures from elsewhere."
    )


def _new_sources(contents: Contents) -> str:
    """What a new user should expect: by these pictures, or else as the model file says."""
    if contents.divided is not None and contents.origin != "trained on":
        return contents.divided.sentence()
    found = contents.recognizer.metadata.measured.by_source
    if found is None:
        return ""
    return new_source.sentence(*(sources.expected if sources else None for sources in (found.right, found.accepted)))


def _gap(here: Share, validation: Validation | None) -> str:
    """How these pictures compare with those held back when the model was made, as its file says."""
    if validation is None or not validation.n:
        return ""
    before = Share(round(validation.accuracy * validation.n), validation.n)
    table = [[share.part, share.whole - share.part] for share in (here, before)]
    held_back = f"On the {before.whole} pictures held back when it was made, {percent(before.value)} were right"
    if fisher_exact(table).pvalue >= 1 - CONFIDENCE:
        return f"{held_back}; the difference is no more than chance."
    if here.value > before.value:
        return f"{held_back}: these here are easier."
    return f"{held_back}: these here are harder, and likelier what to expect of pictures from elsewhere."
