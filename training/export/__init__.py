"""Writes a trained network as a model file, then compiles it for serving: provenance -> model_file -> serving_graph."""
