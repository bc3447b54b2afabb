"""How good a model is, and how sure that figure is: evaluate -> metrics, reliability, confidence_intervals."""
