"""A trained network as a model file with its graph: provenance -> model_file -> serving_graph."""
