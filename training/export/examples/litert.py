"""Classifies pictures with LiteRT: pip install ai-edge-litert pillow; python classify.py PICTURE ..."""

import sys

from ai_edge_litert.interpreter import Interpreter
from picture import HERE, prepare, say

runner = Interpreter(str(HERE / "model.tflite")).get_signature_runner()
[name] = runner.get_input_details()
for path in sys.argv[1:]:
    say(path, runner(**{name: prepare(path)}))
