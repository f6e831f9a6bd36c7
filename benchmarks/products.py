"""How fast this machine multiplies matrices in float32, by PyTorch's own call and by oneDNN.

    python benchmarks/products.py [--threads 1]

prints a table: of layers, [rows, in] to [rows, out], the milliseconds of the product and of its two gradients
together, by F.linear and by scgc.runtime.products, and the billions of operations a second of either.
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from scgc.gradients.timing import interleave
from scgc.runtime import products

LAYERS = ((32, 128, 64), (64, 128, 256), (64, 512, 256), (64, 784, 512), (192, 306, 250), (512, 512, 14541))
"""Rows, in and out: the last is all entities of a knowledge graph."""


def main() -> None:
    parser = ArgumentParser(description=__doc__.split("\n")[0], formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    torch.set_num_threads(parser.parse_args().threads)
    taken = "oneDNN" if products.ONEDNN else "F.linear"
    print(f"PyTorch {torch.__version__}; what scgc takes here is {taken}.\n")
    products.ONEDNN, products.SMALL = True, 0
    print("| layer | multiplications | F.linear, ms | oneDNN, ms | GFLOP/s | GFLOP/s |")
    print("| :-- | --: | --: | --: | --: | --: |")
    for layer in LAYERS:
        print(measure(*layer))


def measure(rows: int, inside: int, out: int) -> str:
    """The table's line of a layer."""
    x, weight = torch.randn(rows, inside), torch.randn(out, inside)
    given = x.requires_grad_(), weight.requires_grad_()
    grad = torch.randn(rows, out)

    def steps(linear: Callable[[Tensor, Tensor], Tensor]) -> Callable[[int], None]:
        def run(count: int) -> None:
            for _ in range(count):
                torch.autograd.grad(linear(*given), given, grad)

        return run

    size = rows * inside * out
    count = max(1, 10**8 // size)
    times = interleave({"own": steps(F.linear), "onednn": steps(products.linear)}, count, 15)
    rates = [6e-9 * size / seconds for seconds in times.values()]
    cells = [f"{1000 * t:.3f}" for t in times.values()] + [f"{r:.0f}" for r in rates]
    return f"| {rows} x {inside} x {out} | {size:,} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
