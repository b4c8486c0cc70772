"""What a browser makes of a page on disk: Chromium, headless, where there is one."""

from __future__ import annotations

import html
import json
import pathlib
import re
import shutil
import subprocess
from typing import Any, NamedTuple

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

_CHECKER = """<!DOCTYPE html><meta charset="utf-8"><pre id="found">not loaded</pre>
<iframe src="page.html" width="1280" height="2000"></iframe>
<script>
document.querySelector("iframe").addEventListener("load", event => {
  const page = event.target.contentDocument;
  const images = [...page.images].map(image => ({
    complete: image.complete, width: image.naturalWidth, height: image.naturalHeight }));
  const resources = event.target.contentWindow.performance.getEntriesByType("resource")
    .map(entry => entry.name).filter(name => !name.startsWith("data:"));
  document.getElementById("found").textContent = JSON.stringify({
    images, resources, title: page.title, text: page.body.innerText,
    elements: [...new Set([...page.querySelectorAll("*")].map(e => e.localName))].sort() });
});
</script>
"""


class Look(NamedTuple):
    """What was seen."""

    images: list[dict[str, Any]]
    resources: list[str]  # that it asked for, data left out
    title: str
    text: str
    elements: list[str]  # names, each once
    console: list[str]  # lines

    @property
    def broken(self) -> int:
        """How many images show nothing."""
        return sum(not image["complete"] or not image["width"] for image in self.images)


def look_at(page: pathlib.Path, folder: pathlib.Path) -> Look:
    """Open a page from disk, alone in an empty folder, and then inside another that examines it."""
    assert CHROMIUM
    folder.mkdir()
    shutil.copy(page, folder / "page.html")
    (folder / "checker.html").write_text(_CHECKER, encoding="utf-8")
    console = _console(_chromium(folder, "page.html").stderr)
    done = _chromium(folder, "checker.html", "--allow-file-access-from-files")
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.S)
    assert found, done.stderr
    return Look(**json.loads(html.unescape(found[1])), console=console)


def _console(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if ":CONSOLE" in line]


def _chromium(folder: pathlib.Path, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--enable-logging=stderr",
            "--virtual-time-budget=20000",
            f"--user-data-dir={folder / 'profile'}",
            *options,
            "--dump-dom",
            (folder / name).as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
