"""The zoo: every program here leaks on purpose, and says to the letter what the answer must be."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

import zoo

FOLDER = pathlib.Path(__file__).parent
PROGRAMS = sorted(set(FOLDER.glob("*.py")) - {FOLDER / "zoo.py", pathlib.Path(__file__)})
PATIENCE = 60  # seconds; a program takes a fraction of one, with a big library some three

WRONG = """
import refgraph, zoo
class Leaked: pass
HELD = [Leaked()]
zoo.expect(zoo.only(refgraph.capture(), "Leaked"), zoo.Held("sys.modules['__main__'].{}"))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "faulthandler", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, cwd=FOLDER, check=False
    )


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.stem for program in PROGRAMS])
def test_what_holds_the_leaked_object_is_said_to_the_letter(program: pathlib.Path) -> None:
    done = run(str(program))
    if done.returncode == zoo.SKIPPED:
        if "REFGRAPH_LIBRARIES" in os.environ:
            assert "is not installed" not in done.stdout, done.stdout
        pytest.skip(done.stdout.strip().split("\n")[-1])
    if done.returncode:
        pytest.fail(f"{program.name} ends with {done.returncode}:\n{done.stderr}", pytrace=False)


@pytest.mark.parametrize(("chain", "status"), [("HELD[0]", 0), ("HELD[1]", 1), ("HELD", 1)])
def test_a_wrong_answer_fails_and_is_printed_whole(chain: str, status: int) -> None:
    done = run("-c", WRONG.format(chain))
    assert done.returncode == status, done.stderr
    if status:
        assert "1  sys.modules['__main__'].HELD[0]" in done.stderr.split("\n")
        assert "is held by 1 chain." in done.stderr
