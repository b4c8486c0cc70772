"""What these tests share with those beside them: helpers of tests/python."""

from __future__ import annotations

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "python"))
