#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plots how much of the wire uploads use, against the error rate.

    build/bin/spikemesh_bench --benchmark_filter=upload --benchmark_out=uploads.json --benchmark_out_format=json
    docs/verification/plot_goodput.py uploads.json docs/verification/link-faults.png
"""
import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  after the choice of the backend

WHAT = {"flip": "flipped bits", "drop": "dropped bytes", "burst": "bursts of up to 32 bytes", "lose": "lost replies"}


def main(source, target):
    lines, clean = {}, None
    for row in json.load(open(source))["benchmarks"]:
        parts = row["name"].split("/")
        if parts[0] != "upload_3mbaud":
            continue
        point = row["sender_percent_of_wire"], row["verified_percent_of_wire"]
        if parts[1] == "clean":
            clean = point
        else:
            lines.setdefault(parts[1], []).append((float(parts[2]), *point))
    if clean is None or not lines:
        sys.exit(f"{source}: no rows upload_3mbaud; make it with the command in this script's head")
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    for column, (axis, title) in enumerate(zip(axes, ("sender: until every write is answered", "until verified by read-back"))):
        for name, points in lines.items():
            axis.semilogx([p[0] for p in points], [p[1 + column] for p in points], marker="o", label=WHAT.get(name, name))
        axis.axhline(clean[column], color="grey", linestyle=":", label=f"clean: {clean[column]:.1f} %")
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("error rate a byte, each way")
        axis.set_ylim(0, 100)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=7)
    axes[0].set_ylabel("% of what the wire carries")
    figure.tight_layout()
    figure.savefig(target, dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
