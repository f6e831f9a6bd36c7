"""The page of `scgc report`: whole, by itself, the same every time, and at work in a browser."""

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from scgc.diagnostics.base import ProgramError
from scgc.ir.json import to_json
from scgc.pipeline import Compilation
from scgc.programs import shipped
from scgc.report.curves import chart, ticks
from scgc.report.drawing import drawing
from scgc.report.page import page, slider_steps
from scgc.report.reading import read, read_all

SVG = "{http://www.w3.org/2000/svg}"


def written(folder: Path, program: str = "digit_addition", noted: bool = True, **settings: object) -> Path:
    """A run directory as training leaves it, of 30 steps."""
    folder.mkdir(parents=True)
    (folder / "module.py").touch()
    graph = to_json(Compilation.of(program).program)
    (folder / "program.json").write_text(json.dumps({"program": graph}))
    said = {"program": program, "variant": None, "set": {}, "seed": 0, "steps": 30} | settings
    (folder / "settings.json").write_text(json.dumps(said))
    lines: list[dict[str, object]] = []
    for step in (10, 20, 30):
        loss = None if step == 20 else 1 / step
        lines.append(
            {"event": "train", "step": step, "values": {"loss": loss}, "schedules": {"beta": step / 30}}
        )
        if noted:
            facts = {"gradient": 10.0 ** -(step // 10), "used": step // 10, "categories": 19, "by_value": {}}
            facts |= {"vanishing": 0.25} if step == 10 else {}
            gone = {"gradient": 0.0, "entropy": 1.5, "vanishing": 1.0}
            nodes = {"digit.z": facts} if step < 30 else {"digit.z": gone}
            lines.append({"event": "nodes", "step": step, "nodes": nodes})
    lines.append({"event": "evaluation", "step": 30, "values": {"accuracy": 0.5}, "best": True})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text + '{"event": "tra')
    result = {"test": {"accuracy": 0.5}, "evaluations": {"digits": {"used(z)": None}}, "seconds": 3.0}
    (folder / "result.json").write_text(json.dumps(result))
    return folder


NODE = [
    "digit.z: share of rows without gradient",
    "digit.z: categories drawn",
    "digit.z: gradient (mean |∂L/∂θ|)",
    "digit.z: entropy (nats)",
]


class Outside(HTMLParser):
    """Every address that a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [str(v) for k, v in attrs if k in ("src", "href", "xlink:href", "srcset", "action")]


def test_the_page_is_well_formed_and_needs_nothing_else(tmp_path: Path):
    text = page(read_all([written(tmp_path / "a"), written(tmp_path / "b", seed=1, set={"beta": "<1>"})]))
    root = ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n"))
    assert root.tag == "html"
    outside = Outside()
    outside.feed(text)
    assert outside.found == []
    assert not re.search(r"url\((?!#)|@import|fetch\(|XMLHttp|<link", text)
    ids = [part.attrib["id"] for part in root.iter() if "id" in part.attrib]
    assert len(ids) == len(set(ids))
    assert "beta = &lt;1&gt;" in text


def test_the_same_runs_give_the_same_page(tmp_path: Path):
    written(tmp_path / "a")
    assert page(read_all([tmp_path / "a"])) == page(read_all([tmp_path]))


def test_results_and_curves_stand_side_by_side(tmp_path: Path):
    runs = read_all([written(tmp_path / "a"), written(tmp_path / "b", noted=False)])
    text = page(runs)
    root = ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n"))
    rows = [[cell.text or "" for cell in row] for row in root.iter("tr")]
    a, b = ((tmp_path / n).as_posix() for n in "ab")
    assert rows[:3] == [
        ["", a, b],
        ["test.accuracy", "0.5000", "0.5000"],
        ["digits.used(z)"] + ["not finite"] * 2,
    ]
    charts = [svg for svg in root.iter(f"{SVG}svg") if svg.get("class") == "chart"]
    charts += [svg for svg in root.iter("svg") if svg.get("class") == "chart"]
    assert [c.get("aria-label") for c in charts] == [*NODE, "loss", "accuracy", "beta"]
    assert "This run recorded nothing of its stochastic nodes." in text


def test_every_program_can_be_drawn_with_its_nodes_named():
    for name in ("digit_addition", "bandit", "vsgae", "listops"):
        program = Compilation.of(name).program
        root = ElementTree.fromstring(drawing(program))
        nodes = {part.get("data-node") for part in root.iter() if part.get("data-node")}
        shapes = [
            p
            for part in root.iter()
            if part.get("data-node")
            for p in part.iter()
            if p.get("class") == "shape"
        ]
        assert nodes and shapes
        assert not [p for p in root.iter() if p.get("id") or p.tag.endswith("}a")]
    assert {"bandit", "vsgae"} <= shipped().keys()
    root = ElementTree.fromstring(drawing(Compilation.of("digit_addition").program))
    assert {"left.z", "right.z", "left.u", "logits"} <= {p.get("data-node") for p in root.iter()}


def test_what_was_not_finite_is_a_gap():
    points = [(0, 1.0), (1, 2.0), (2, None), (3, 1.0), (4, 1.5)]
    assert chart("loss", [(0, points)], 4).count("<polyline") == 2
    assert chart("loss", [(0, [(0, None)])], 4).count("<polyline") == 0
    assert "<circle" in chart("loss", [(0, [(0, 1.0)])], 4)
    assert ticks(0, 1) == [0, 0.5, 1.0] and ticks(-3, 997)[0] == 0


def test_the_slider_goes_over_what_was_recorded(tmp_path: Path):
    assert slider_steps(read_all([written(tmp_path / "a")])) == [10, 20, 30]
    (tmp_path / "a" / "metrics.jsonl").write_text("")
    assert slider_steps([read(tmp_path / "a")]) == [0]
    assert "No run is finished" not in page([read(tmp_path / "a")])


def test_what_is_no_run_is_told(tmp_path: Path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ProgramError, match="SCG511"):
            read_all([path])


def browser() -> str | None:
    """A headless browser: that of $SCGC_BROWSER, or one that is installed."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("SCGC_BROWSER") or next((p for n in names if (p := shutil.which(n))), None)


class Fills(HTMLParser):
    """The colour of every node's shape."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.node = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.node = given.get("data-node") or self.node
        if given.get("class") == "shape":
            self.found[self.node] = str(given["fill"])


@pytest.mark.skipif(browser() is None, reason="no Chromium is installed")
def test_the_slider_colours_the_nodes(tmp_path: Path):
    text = page(read_all([written(tmp_path / "a")]))
    told: list[dict[str, Any]] = []
    for place in (2, 0):
        move = f"<script>time.value = {place}; time.dispatchEvent(new Event('input'));</script></body>"
        (tmp_path / "page.html").write_text(text.replace("</body>", move))
        words = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
        done = subprocess.run(
            [str(browser()), *words, "--dump-dom", (tmp_path / "page.html").as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        fills = Fills()
        fills.feed(done.stdout)
        step = re.search(r'<output id="step">(\d+)</output>', done.stdout)
        table = re.search(r'<table class="nodes">(.*?)</table>', done.stdout, re.S)
        assert step and table
        told.append({"step": step[1], "fills": fills.found, "table": table[1], "text": done.stdout})
    last, first = told
    assert (last["step"], first["step"]) == ("30", "10")
    assert last["table"] != first["table"] and "digit.z" in str(first["table"])
    assert "1 of 19" in first["table"] and "100 %" in last["table"]
    assert first["fills"]["left.z"].startswith("url(#") and 'offset="0.25"' in told[1]["text"]
    assert last["fills"]["right.z"] == "#d5d8dd" and first["fills"]["a"] == "white"
