"""gunicorn and WSGI: how a request comes in, and how its answer leaves."""
