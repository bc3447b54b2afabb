"""The history: every answer, its picture, and what people say about it."""
