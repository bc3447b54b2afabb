"""Classifies pictures with TensorFlow: pip install tensorflow pillow; python classify.py PICTURE ..."""

import sys

import tensorflow as tf
from picture import HERE, prepare, say

model = tf.saved_model.load(str(HERE / "model"))
for path in sys.argv[1:]:
    say(path, {name: value.numpy() for name, value in model.serve(prepare(path)).items()})
