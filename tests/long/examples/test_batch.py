"""The batch, run as its README says."""

import json

from support.examples import run_example


def test_goes_on_past_slow_events(tmp_path):
    done = run_example("batch/batch.py", "prices.jsonl", "--local", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1997 results and 3 errors in prices.jsonl"
    assert done.stderr.splitlines() == [f"{count} of 2000" for count in range(100, 2001, 100)]
    lines = [json.loads(line) for line in (tmp_path / "prices.jsonl").read_text().splitlines()]
    by_order = {line["event"]["order"]: line for line in lines}
    assert sorted(by_order) == list(range(2000))
    assert by_order[1]["result"] == {"order": 1, "cents": 700}
    errors = {order: line["error"] for order, line in by_order.items() if "error" in line}
    assert sorted(errors) == [500, 1000, 1500]
    assert "timed out" in errors[500]
