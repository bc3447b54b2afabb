"""The versions of the model: what each one can do, and which one answers."""
