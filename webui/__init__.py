"""HTTP in, HTTP out: the page, the JSON API and the probes. All behaviour lives in `recognizer`."""
