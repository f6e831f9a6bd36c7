"""What the generated code tells of the program: documentation and the lines it comes from."""

from __future__ import annotations

import re

from scgc.emit.region import Region
from scgc.emit.regions import Regions
from scgc.ir.graph import Places, Sample, Schedule
from scgc.ops import operators

LONGEST = 88


class Comments:
    """Looks up texts and keeps what was imported from outside."""

    def __init__(self, regions: Regions, places: Places) -> None:
        self.regions = regions
        self.places = places
        self.externs: dict[str, str] = {}

    def statement(self, region: Region, value: str) -> str:
        """The statement of the program that defines a value, on one line; nothing where it is long."""
        span = self.places.of(region.path, value)
        if span is None:
            return self.doc(region, value)
        text = " ".join(re.sub(r"#[^\n]*", "", span.text).split())
        doc = self.doc(region, value)
        sample = region.by_name.get(value)
        overridden = (
            isinstance(sample, Sample)
            and " via " in text
            and not re.search(rf" via {sample.estimator.name}\b", text)
        )
        if overridden or len(text) > LONGEST or not re.match(r"[^\W\d]\w*\s*(~|=)|schedule\b", text):
            return doc
        return f"{doc} - {text}" if doc else text

    def doc(self, region: Region, value: str) -> str:
        """The `##` lines above a top-level statement."""
        return " ".join(self.regions.program.docs.get(value, "").split()) if not region.path else ""

    def is_constant(self, schedule: str) -> bool:
        """Whether a schedule never changes."""
        return constant_schedule(self.regions.program.schedules, schedule)

    def extern(self, target: str) -> str:
        """The name by which an extern target is imported."""
        self.externs[target] = target.partition(":")[2].split(".")[0]
        return target.partition(":")[2]


def constant_schedule(schedules: tuple[Schedule, ...], name: str) -> bool:
    """Whether a schedule reads neither the clock nor a schedule that changes."""
    schedule = next(s for s in schedules if s.name == name)
    own = {a.result for a in schedule.body}
    read = {o for a in schedule.body for o in a.inputs.values() if isinstance(o, str)} - own
    read |= {schedule.result} - own if isinstance(schedule.result, str) else set()
    known = {s.name for s in schedules}
    scalars = [o.scalar for a in schedule.body for o in operators()[a.function] if o.scalar]
    if any("progress" in scalar for scalar in scalars):
        return False
    return all(r in known and constant_schedule(schedules, r) for r in read)
