"""The image recogniser: bytes of a picture in, calibrated prediction out.

    images -> preprocessing -> engines -> calibration, ood_score -> Prediction        recognizer.py ties them together
    cli -> commands -> bulk, registry -> recognizer -> explain, engines -> model_file -> architectures, preprocessing

It knows neither Django nor training, and `import recognizer` loads neither TensorFlow nor OpenVINO.
"""

from recognizer.errors import ArtifactError, ImageError, MenagerieError
from recognizer.predictions import ClassScore, Prediction
from recognizer.recognizer import Recognizer

__version__ = "0.2.0"
__all__ = ["ArtifactError", "ClassScore", "ImageError", "MenagerieError", "Prediction", "Recognizer"]
