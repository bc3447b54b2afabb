"""The pictures in `docs/images`: what every page looks like, with drawn animals only."""
