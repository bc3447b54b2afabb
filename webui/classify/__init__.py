"""The page and the API that answer pictures: inference's answers, joined with the history."""
