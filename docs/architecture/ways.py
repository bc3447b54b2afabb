"""The two ways through the code that the pictures show: of a request, and of a training."""

from __future__ import annotations

from docs.architecture.flow import Step, Way

REQUEST = Way(
    "From a photograph to its answer",
    (
        Step("The request comes in", "webui/server", "gunicorn: whole, within limits of size and time"),
        Step("What every page has", "webui/shell", "headers, navigation; errors as pages"),
        Step("Who asks", "webui/accounts", "session or key, and how often a minute"),
        Step("The view", "webui/classify", "the page, or the JSON API"),
        Step("The pictures in it", "webui/inference/uploads.py", "a form, a raw body, or JSON"),
        Step("A slot", "webui/inference/admission.py", "some at a time; others wait, or hear when to come back"),
        Step("The model that answers", "webui/inference/served_model.py", "the active one, exchanged between requests"),
        Step("Pixels", "recognizer/images", "any file to upright RGB, within limits of cost"),
        Step("The network's input", "recognizer/preprocessing.py", "the function that training uses too"),
        Step("The network", "recognizer/engines", "a graph: logits, embedding, last feature map"),
        Step("Honest scores", "recognizer/calibration.py", "temperature, and whether it is none of these"),
        Step("The history", "webui/history", "the answer and its picture, where they may be kept"),
    ),
)

TRAINING = Way(
    "From folders of photographs to a model file",
    (
        Step("The command", "training/commands", "fit: a recipe and its options, read by config"),
        Step("What lies in the folders", "training/data/class_folders.py", "classes, pictures, what is passed over"),
        Step("The audit", "training/audit", "broken, duplicate and dubious pictures"),
        Step("The split", "training/data/split.py", "held back by content, or whole groups"),
        Step("Starting weights", "training/network/starting_weights.py", "the shipped model, ImageNet, a file"),
        Step("Features", "training/network/features.py", "of the frozen backbone, computed once"),
        Step("Training", "training/trainer", "last layer, fine-tuning; goes on after a stop"),
        Step("How sure, and none of these", "training/calibration", "on pictures that were held back"),
        Step("The model file", "training/export/model_file.py", "weights, classes, preprocessing, results"),
        Step("The graph that serves", "recognizer/engines/compiler.py", "compiled once, compared with Keras"),
        Step("The evaluation", "training/evaluation", "of the file itself, through Recognizer"),
        Step("The report", "training/report", "one page for a person"),
    ),
)

WAYS = {"request": REQUEST, "training": TRAINING}
