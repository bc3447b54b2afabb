"""The page and the API that classify pictures: inference's answers, joined with rate limits and history."""
