"""Judges with fewer rounds where AGAIN is set: a planted leak needs no more to be sure of."""

from __future__ import annotations

import os

import refgraph.testing.series as series

series._AGAIN = int(os.environ.get("AGAIN", series._AGAIN))
