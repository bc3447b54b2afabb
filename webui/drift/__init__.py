"""Whether people's pictures are still like those before: models -> counters -> stability -> assess -> sentences."""
