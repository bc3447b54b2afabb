"""Measures Menagerie beside what people use instead: the same machine, the same model, the same run."""
