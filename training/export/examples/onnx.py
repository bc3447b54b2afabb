"""Classifies pictures with ONNX Runtime: pip install onnxruntime pillow; python classify.py PICTURE ..."""

import sys

import onnxruntime
from picture import HERE, prepare, say

session = onnxruntime.InferenceSession(HERE / "model.onnx")
names = [output.name for output in session.get_outputs()]
for path in sys.argv[1:]:
    say(path, dict(zip(names, session.run(names, {session.get_inputs()[0].name: prepare(path)}), strict=True)))
