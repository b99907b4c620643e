#!/usr/bin/env python3
"""Makes the golden files in tests/golden/data from PyTorch.

    apt-get install python3-torch
    /usr/bin/python3 tests/golden/make_golden.py [family ...]

The files are in the tree and the tests only read them; this script is for adding cases. It is
seeded: run again with the same PyTorch (Debian 12's package 1.13.1, which calls itself 1.13.0a0),
it writes the same files. golden.py says what a case is; cases/*.py hold the tables, one file of
data each.
"""

import importlib
import pathlib
import sys

sys.dont_write_bytecode = True  # nothing but data is left in the tree

import torch

import golden

HERE = pathlib.Path(__file__).resolve().parent
FAMILIES = [
    "activations",
    "attention",
    "convolutions",
    "dense",
    "higher_derivatives",
    "images",
    "losses",
    "merging",
    "normalizations",
    "poolings",
    "recurrent",
]


def main(wanted):
    unknown = set(wanted) - set(FAMILIES)
    if unknown:
        sys.exit(f"There is no {', '.join(sorted(unknown))}. Families: {', '.join(FAMILIES)}")
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    about = {"madeBy": f"tests/golden/make_golden.py with torch {torch.__version__}"}
    total = 0
    for family in wanted or FAMILIES:
        cases = importlib.import_module(f"cases.{family}").cases()
        path = HERE / "data" / f"{family}.json"
        golden.write(path, about, cases)
        size = path.stat().st_size
        total += size
        print(f"{len(cases):4d} cases {size / 1000:7.1f} KB  {path.relative_to(HERE)}")
    print(f"{total / 1000:.1f} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
