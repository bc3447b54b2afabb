"""Settings from the environment, strictly read, and what has to be there before the server starts."""
