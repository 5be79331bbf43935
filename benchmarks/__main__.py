"""All measurements next to their peers: ``python -m benchmarks``, extra ``bench``.

Takes some minutes. Prints a table and writes it as JSON, with a plot of the
ratios. Machines are noisy: contestants take turns, and ratios are what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from benchmarks import asyncio_client, calls, code_upload, local, startup
from benchmarks.servers import fast_server

Row = tuple[str, str]

HERE = Path(__file__).parent


def in_flight() -> Iterator[Row]:
    """Yield the rows of asyncio_client, against the server that costs least."""
    with tempfile.TemporaryDirectory() as folder, fast_server(Path(folder)) as url:
        for name, value in asyncio_client.measure(url):
            yield name, f"{value:.2f}" if value < 10 else f"{value:.0f}/s"


PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "One small Sync invocation": calls.measure,
    "Code from a directory": code_upload.measure,
    "Many calls at once": in_flight,
    "Start-up": startup.measure,
    "The embedded Function Compute": lambda: local.measure(7, 1000),
}


def plot(rows: dict[str, str], file: Path) -> None:
    """Draw the ratios: what stands as a bare number."""
    # Imported late: only whoever wants a picture needs it.
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    ratios = {name.strip(): float(value) for name, value in rows.items() if is_number(value)}
    figure, axes = plt.subplots(figsize=(10, 0.5 * len(ratios) + 1))
    axes.barh(list(ratios), list(ratios.values()))
    axes.bar_label(axes.containers[0], fmt="%.2f", padding=3)
    axes.axvline(1.0, color="grey", linewidth=0.8)
    axes.invert_yaxis()
    axes.set_title(f"Ratios, {date.today().isoformat()}, {os.cpu_count()} cores")  # noqa: DTZ011
    figure.tight_layout()
    figure.savefig(file, dpi=100)


def is_number(value: str) -> bool:
    """Tell whether a value is a ratio and no quantity."""
    return value.replace(".", "", 1).isdigit()


def main() -> None:
    """Measure all parts, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="words of the parts to measure; default: all")
    parser.add_argument("--json", type=Path, default=HERE / "results.json")
    parser.add_argument("--plot", type=Path, default=HERE / "results.png")
    options = parser.parse_args()
    print(f"{date.today()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}")  # noqa: DTZ011
    rows: dict[str, str] = {}
    for title, measure in PARTS.items():
        if options.parts and not any(word.lower() in title.lower() for word in options.parts):
            continue
        print(f"\n{title}")
        for name, value in measure():
            print(f"  {name:<60}{value}", flush=True)
            rows[name] = value
    options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    plot(rows, options.plot)


if __name__ == "__main__":
    main()
