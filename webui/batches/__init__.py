"""Batches: thousands of pictures in one request, answered by the worker for long work, fetched as JSON lines or CSV.

POST -> quotas -> receiving: a zip file in the job's folder -> Job and Batch (waiting)
the worker: python -m recognizer batch -> a line for each picture -> results: JSON lines, CSV
"""
