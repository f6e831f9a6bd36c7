"""The catalogue, 52x: what may happen to a run and its directory. Reported by `scgc/train`."""

from __future__ import annotations

from scgc.diagnostics.base import Diagnostic


class DamagedCheckpoint(Diagnostic):
    """A checkpoint is not what was written: a disk or a copy that failed. The run goes on from the one
    before, and loses nothing but time."""

    code = "SCG520"
    severity = "warning"
    title = "{path} cannot be used: {problem}"
    help = "the run goes on from the checkpoint before, that of step {step}; what came later is done again."

    path: str
    problem: str
    step: int


class NotKept(Diagnostic):
    """A run cannot write to its directory, as on a full disk. It ends, and what it wrote before is intact."""

    code = "SCG521"
    title = "the run cannot write to {path}: {problem}"
    help = "{kept}; make room, then go on with `scgc run --resume {path}`."

    path: str
    problem: str
    kept: str


class RunInUse(Diagnostic):
    """Another process runs in the same directory. One that has died does not count."""

    code = "SCG522"
    title = "{path} is in use by another process{process}"
    help = "wait for it to end, or choose another folder with --out."

    path: str
    process: str


class CannotResume(Diagnostic):
    """A run that cannot go on where it was: its checkpoints are damaged, its data has changed, or it has gone
    further than asked for."""

    code = "SCG523"
    title = "the run in {path} cannot go on: {problem}"
    help = "{advice}"

    path: str
    problem: str
    advice: str


class OtherMachine(Diagnostic):
    """A run goes on with other versions, or on another device, than it began with. All is well, but its
    numbers may differ in the last digits from those of a run that was never broken off."""

    code = "SCG524"
    severity = "warning"
    title = "the run began with {before} and goes on with {now}"
    help = "its numbers may differ from those of an uninterrupted run."

    before: str
    now: str


class LinesLost(Diagnostic):
    """metrics.jsonl holds less than when the checkpoint was written. The run goes on without those lines."""

    code = "SCG525"
    severity = "warning"
    title = "{path} lacks lines from before the checkpoint of step {step}"
    help = "the run goes on, and adds the lines from there on."

    path: str
    step: int


class OtherSweep(Diagnostic):
    """The folder of a sweep holds a run of the same name that was begun otherwise: the program has changed
    since, or --steps, --epochs. Its numbers do not belong into one table with new ones."""

    code = "SCG526"
    title = "{path} holds a run {cell} with another {what}"
    help = "choose another folder with --out, or delete this one to begin again."

    path: str
    cell: str
    what: str


class NoCluster(Diagnostic):
    """`--ray ADDRESS` where no Ray cluster answers."""

    code = "SCG527"
    title = "there is no Ray cluster at `{address}`: {problem}"
    help = "`ray start --head` begins one and tells its address; `--ray local` begins one for this sweep."

    address: str
    problem: str


class PartsDiffer(Diagnostic):
    """With `--devices` every process computes a part of each batch by itself. What looks at the whole batch,
    as `batchnorm` does, and estimators that learn from its gradient would give other results than one
    process."""

    code = "SCG535"
    title = "{what} looks at the whole batch, which several processes divide"
    help = "run it with one device, or replace it, as `batchnorm` by `layernorm`."

    what: str


class TooFewExamples(Diagnostic):
    """With `--devices` every process takes a part of each batch, also of the last of an epoch, which holds
    what is left."""

    code = "SCG536"
    title = "a batch of {examples} examples cannot be divided among {devices} processes"
    help = "choose a batch size such that the last batch of an epoch holds enough, or fewer devices."

    examples: int
    devices: int


class ProcessLost(Diagnostic):
    """One of the processes that train a model together has ended before the others: it was killed, or its
    memory did not suffice. The run ends with it."""

    code = "SCG537"
    title = "a process of this run has ended: {problem}"
    help = "the reason may stand above; `scgc run --resume` goes on from the latest checkpoint."

    problem: str


class OtherProcesses(Diagnostic):
    """torchrun has started another number of processes than the run has (`--devices`, also when it goes on:
    its directory says how many it began with)."""

    code = "SCG538"
    title = "torchrun started {started} processes, and the run has {devices}"
    help = "start as many with `torchrun --nproc-per-node`, or leave torchrun out on one machine."

    started: int
    devices: int
