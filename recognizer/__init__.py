"""Image bytes in, honest prediction out. Knows neither Django nor training.

`import recognizer` is light: TensorFlow is loaded when a model is opened.
"""

from recognizer.errors import ArtifactError, ImageError, MenagerieError
from recognizer.predictions import ClassScore, Prediction
from recognizer.recognizer import Recognizer

__version__ = "0.2.0"
__all__ = ["ArtifactError", "ClassScore", "ImageError", "MenagerieError", "Prediction", "Recognizer"]
