"""The examples run, and find what they are about."""

from __future__ import annotations

import json
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
    assert re.search(r"^150 service\.Api \(.* KiB\), held in one way\.$", done.stdout, re.M)
    assert re.search(
        r"30 of 30 .* held by sys\.modules\['service'\]\.BAD_IMAGES\[\*\]", done.stdout
    )
    assert re.search(r"sys\.modules\['service'\]\.Api\b.*fetch.*\[0\]", done.stdout)
    assert "sys.modules['service'].BAD_IMAGES" in done.stdout
    for name in ("service.Api", "service.Upload"):
        svg = Svg((tmp_path / f"{name}.svg").read_text(encoding="utf-8"))
        assert len(svg.of_class("target")) == 1
        assert name.split(".")[1] in svg.text
        assert svg.of_class("chain")
        assert read_png((tmp_path / f"{name}.png").read_bytes()).width > 100


@pytest.mark.slow
def test_the_cycle_report_tells_the_fate_and_the_cut_of_each_kind_of_cycle(
    tmp_path: pathlib.Path,
) -> None:
    out = tmp_path / "cycles"
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "cycle_report.py"), "--out", str(out)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stderr == ""
    groups = json.loads((out / "report.json").read_text(encoding="utf-8"))["groups"]
    found = {
        (group["types"][0]["type"], group["verdict"], group["cut"]["text"].split(" (")[0])
        for group in groups
    }
    cuts = {group["cut"]["text"] for group in groups}
    assert {"orders.Export.stream", "orders.Connection.session", "orders.Order.account"} <= cuts
    assert any(cut.endswith(" · local failure") for cut in cuts), found
    by_type = {group["path"]["references"][0]["from"]: group for group in groups}
    assert by_type["orders.Account"]["verdict"] == "isolated, cross-generation"
    assert by_type["orders.Account"]["generations"] == [0, 2]
    assert by_type["orders.PaymentError"]["verdict"] == "isolated"
    connections = [group for group in groups if "Connection" in str(group["path"])]
    ran = {group["finalizers"][0]["has_run"] for group in connections}
    assert ran == {False, True}
    for group in groups:
        for picture in group["pictures"]:
            if picture.endswith(".svg"):
                svg = Svg((out / picture).read_text(encoding="utf-8"))
                assert svg.of_class("cycle"), picture
                assert svg.of_class("cut"), picture


@pytest.mark.slow
@pytest.mark.parametrize("has_sqlalchemy", [True, False])
def test_the_growth_report_names_both_leaks_of_the_shop(
    tmp_path: pathlib.Path, has_sqlalchemy: bool
) -> None:
    if has_sqlalchemy:
        pytest.importorskip("sqlalchemy")
    out = tmp_path / "growing"
    program = (
        "import runpy, sys; sys.argv = sys.argv[1:]; sys.path.insert(0, sys.argv.pop());"
        + ("" if has_sqlalchemy else "sys.modules['sqlalchemy'] = None;")
        + "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    example = str(EXAMPLES / "growing_types.py")
    arguments = [example, "--out", str(out), "--rounds", "3", str(EXAMPLES)]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stderr == ""
    assert ("SQLAlchemy is not installed" in done.stdout) != has_sqlalchemy
    found = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert found["rounds"] == 3
    places = [suspect["place"] for suspect in found["suspects"]]
    cache = "ENGINE._compiled_cache._data" if has_sqlalchemy else "STATEMENTS"
    for leak in (cache, "BAD_UPLOADS"):
        assert any(place.startswith(f"sys.modules['shop'].{leak}") for place in places), leak
    [upload] = [row for row in found["types"] if row["type"] == "shop.Upload"]
    assert re.fullmatch(
        r"sys\.modules\['shop'\]\.BAD_UPLOADS\['\d+-\d+'\]\.__traceback__\.tb_frame"
        r"\.f_locals\['upload'\]",
        upload["example"]["chains"][0]["expression"],
    )
    for row in found["types"]:
        for picture in row["example"]["pictures"] if row["example"] else []:
            assert Svg((out / picture).read_text(encoding="utf-8")).of_class("target")
