"""Classifies pictures with OpenVINO: pip install openvino pillow; python classify.py PICTURE ..."""

import sys

import openvino
from picture import HERE, prepare, say

model = openvino.compile_model(HERE / "model.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
for path in sys.argv[1:]:
    found = model([prepare(path)])
    say(path, {output.get_any_name(): found[output] for output in model.outputs})
