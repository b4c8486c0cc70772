"""The package itself, whose names may be replaced: looked up there when they are used."""

from __future__ import annotations

import sys
from typing import Any

face: Any = sys.modules[__name__.rpartition(".")[0]]
