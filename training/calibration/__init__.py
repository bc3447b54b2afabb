"""Fits temperature and rejection of a finished model: embeddings -> ood_scores -> ood, temperature -> calibrate."""
