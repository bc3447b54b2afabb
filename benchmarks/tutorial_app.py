"""The way tutorials serve a Keras model with Django: loaded at import, `predict` for each request.

No care is left out that tutorials take, and none is added: the upload is opened with Pillow, scaled, made an array,
preprocessed, predicted. Kinder than most of them: no file is saved, nothing is printed, and no page is rendered.
"""

import os

import django
import keras
import numpy as np
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from keras.applications.resnet50 import preprocess_input
from keras.utils import img_to_array
from PIL import Image

CLASS_NAMES = ["cat", "chicken", "dog", "horse"]

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="not a secret",  # noqa: S106 - it signs nothing, and the server listens for the benchmark only.
    # Those of `startproject` that need no database.
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
django.setup()

model = keras.models.load_model(os.environ["TUTORIAL_MODEL"], compile=False)


@csrf_exempt
def classify(request: HttpRequest) -> JsonResponse:
    """Answers one picture."""
    upload = request.FILES["image"]
    picture = Image.open(upload).convert("RGB").resize((224, 224))  # type: ignore[arg-type]  # It is no list.
    batch = preprocess_input(np.expand_dims(img_to_array(picture), axis=0))
    scores = model.predict(batch, verbose=0)[0]
    best = int(np.argmax(scores))
    return JsonResponse({"label": CLASS_NAMES[best], "score": float(scores[best])})


urlpatterns = [path("classify", classify)]
application = get_wsgi_application()
