from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fc_client.local.storage.reading import read_logs
from fc_client.local.storage.schema import FunctionVersion
from fc_client.local.storage.store import Store, StoreError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fc.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


class TestLogs:
    def test_are_found_by_service_function_and_request(self, store, path):
        for number, (function, request_id) in enumerate([("f", "1"), ("g", "2"), ("f", "3")]):
            store.add_log(
                FunctionVersion("s", function), request_id, float(number), f"{function}{request_id}"
            )

        def texts(**wanted):
            return [entry.text for entry in read_logs(path, "s", **wanted)]

        assert texts() == ["f1", "g2", "f3"]
        assert texts(function="f") == ["f1", "f3"]
        assert texts(request_id="2") == ["g2"]
        assert read_logs(path, "other") == []

    def test_go_on_after_an_entry(self, store, path):
        store.add_log(FunctionVersion("s", "f"), "1", 0.0, "old")
        last = read_logs(path, "s")[-1].id
        store.add_log(FunctionVersion("s", "f"), "2", 0.0, "new")

        assert [entry.text for entry in read_logs(path, "s", after=last)] == ["new"]

    def test_the_oldest_go_beyond_the_limit(self, path):
        store = Store(path, log_limit=1000)
        for number in range(50):
            store.add_log(FunctionVersion("s", "f"), str(number), 0.0, "é" * 50)
        store.close()

        kept = [int(entry.request_id) for entry in read_logs(path, "s")]

        assert kept == list(range(50 - len(kept), 50))
        assert 8 <= len(kept) <= 10

    def test_one_that_is_larger_than_the_limit_is_not_kept(self, path):
        store = Store(path, log_limit=1000)
        for text in ("x" * 2000, "kept"):
            store.add_log(FunctionVersion("s", "f"), "1", 0.0, text)
        store.close()

        assert [entry.text for entry in read_logs(path, "s")] == ["kept"]

    def test_the_limit_includes_logs_of_an_earlier_process(self, path):
        for number in range(20):
            store = Store(path, log_limit=1000)
            store.add_log(FunctionVersion("s", "f"), str(number), 0.0, "x" * 100)
            store.close()

        assert len(read_logs(path, "s")) <= 10

    def test_can_be_read_in_another_thread(self, store, path):
        store.add_log(FunctionVersion("s", "f"), "1", 0.0, "text")
        found = []

        thread = threading.Thread(target=lambda: found.extend(read_logs(path, "s")))
        thread.start()
        thread.join()

        assert [entry.text for entry in found] == ["text"]

    def test_reading_makes_no_database(self, path):
        with pytest.raises(StoreError, match="unable to open"):
            read_logs(path, "s")

        assert not path.exists()
