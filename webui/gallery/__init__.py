"""The gallery of a version: what its filters and its classes look for, as training drew it beside the model file."""
