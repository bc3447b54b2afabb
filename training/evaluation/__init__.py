"""How good a model file is, and how sure that figure is: evaluate -> metrics, reliability, confidence_intervals."""
