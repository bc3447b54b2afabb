"""The client of a server: pictures out, predictions in, with retries and typed answers.

    Client, AsyncClient -> calls: what to send -> HTTP, again after 429 and 503 -> answers | problems

It needs the extra `client`.
"""

from recognizer.client.answers import Activation, Answer, Correction, HistoryAnswer, ModelName, ModelVersion
from recognizer.client.async_client import AsyncClient
from recognizer.client.async_projects import AsyncProject, AsyncTraining
from recognizer.client.batches import AsyncBatch, Batch, BatchStatus
from recognizer.client.client import Client
from recognizer.client.problems import PictureProblem, Problem, Unreachable
from recognizer.client.project_calls import Passed, TrainingStatus
from recognizer.client.projects import Project, Training
from recognizer.client.retries import Retries

__all__ = [
    "Activation",
    "Answer",
    "AsyncBatch",
    "AsyncClient",
    "AsyncProject",
    "AsyncTraining",
    "Batch",
    "BatchStatus",
    "Client",
    "Correction",
    "HistoryAnswer",
    "ModelName",
    "ModelVersion",
    "Passed",
    "PictureProblem",
    "Problem",
    "Project",
    "Retries",
    "Training",
    "TrainingStatus",
    "Unreachable",
]
