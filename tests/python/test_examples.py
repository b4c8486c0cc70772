"""The demo runs and finds both leaks."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest
from pictures import Svg, read_png

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "python"


@pytest.mark.slow
def test_the_demo_names_what_holds_each_leaked_instance(tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "leaked_instance.py"), "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stderr == ""
    assert "150 objects of service.Api are alive" in done.stdout
    assert "30 objects of service.Upload are alive" in done.stdout
    assert re.search(r"sys\.modules\['service'\]\.Api\b.*fetch.*\[0\]", done.stdout)
    assert "sys.modules['service'].BAD_IMAGES" in done.stdout
    for name in ("service.Api", "service.Upload"):
        svg = Svg((tmp_path / f"{name}.svg").read_text(encoding="utf-8"))
        assert len(svg.of_class("target")) == 1
        assert name.split(".")[1] in svg.text
        assert svg.of_class("chain")
        assert read_png((tmp_path / f"{name}.png").read_bytes()).width > 100
