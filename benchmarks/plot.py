"""A plot of the rows that have an aim."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import Row


def plot(rows: Sequence[Row], title: str, file: Path) -> None:
    """Draw how many times better than its aim each row is."""
    # Imported late: matplotlib is optional.
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    margins = {row: row.margin for row in rows if row.margin is not None}
    figure, axes = plt.subplots(figsize=(11, 0.45 * len(margins) + 1.5))
    bars = axes.barh(
        [row.name for row in margins],
        # Bars start at the aim and extend to the right if it is met.
        [margin - 1 for margin in margins.values()],
        left=1,
        color=["tab:green" if row.met else "tab:red" for row in margins],
    )
    labels = [f"{row.amount} ({row.aim})" for row in margins]
    axes.bar_label(bars, labels, padding=4)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    # Room for the labels.
    axes.margins(x=0.5)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlabel("times as good as the aim")
    axes.invert_yaxis()
    axes.set_title(title)
    figure.tight_layout()
    figure.savefig(file, dpi=100)
