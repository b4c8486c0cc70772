"""Leaks in tests: what `pytest_refgraph` does once a test asks for it."""
