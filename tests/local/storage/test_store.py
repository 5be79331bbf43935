from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fc_client.local.storage.reading import read_logs
from fc_client.local.storage.schema import (
    CLOUD_RESOURCE,
    FUNCTION,
    FUNCTION_SNAPSHOT,
    KINDS,
    SERVICE,
    TRIGGER,
    VERSION,
    FunctionKey,
    FunctionVersion,
    QueuedInvocation,
)
from fc_client.local.storage.store import Store, StoreError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fc.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


class TestOpening:
    def test_what_was_stored_is_there_after_reopening(self, path):
        first = Store(path)
        record = first.put(SERVICE, ("s",), {"serviceName": "s"})
        first.close()

        second = Store(path)

        assert second.get(SERVICE, ("s",)) == record
        second.close()

    def test_a_later_schema_is_refused_and_kept(self, path):
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()

        with pytest.raises(StoreError, match=r"later version.*schema 99"):
            Store(path)

        db = sqlite3.connect(path)
        assert db.execute("PRAGMA user_version").fetchone() == (99,)
        db.close()

    def test_a_database_without_the_table_of_the_stand_ins_gets_it(self, path):
        """One that was written before there were any."""
        first = Store(path)
        first.put(SERVICE, ("s",), {})
        first._execute("DROP TABLE cloud_resources")
        first.close()

        second = Store(path)
        second.put(CLOUD_RESOURCE, ("ram.role", "r"), {"RoleName": "r"})

        assert second.get(CLOUD_RESOURCE, ("ram.role", "r")).document == {"RoleName": "r"}
        assert second.get(SERVICE, ("s",)) is not None
        second.close()

    def test_a_file_that_is_not_a_database_is_rejected(self, path):
        path.write_bytes(b"no database, but more than one page of text" * 200)

        with pytest.raises(StoreError, match="not a database"):
            Store(path)

    def test_the_journal_is_a_wal(self, store, path):
        store.put(SERVICE, ("s",), {})

        assert path.with_name("fc.sqlite-wal").exists()


class TestResources:
    def test_each_state_has_an_etag_of_its_own(self, store):
        etags = [store.put(SERVICE, ("s",), {"description": "same"}).etag for _ in range(3)]

        assert len(set(etags)) == 3
        assert store.get(SERVICE, ("s",)).etag == etags[-1]

    def test_delete_removes_only_that_resource(self, store):
        for name in ("f", "g"):
            store.put(FUNCTION, ("s", name), {"codeChecksum": "1"})

        store.delete(FUNCTION, ("s", "f"))

        assert store.get(FUNCTION, ("s", "f")) is None
        assert store.get(FUNCTION, ("s", "g")) is not None

    def test_children_are_those_of_this_parent(self, store):
        store.put(FUNCTION, ("s", "f"), {"codeChecksum": "1"})

        assert store.has_any(FUNCTION, ("s",))
        assert not store.has_any(FUNCTION, ("other",))

    def test_code_checksums_are_those_that_functions_have_now(self, store):
        store.put(FUNCTION, ("s", "f"), {"codeChecksum": "1"})
        store.put(FUNCTION, ("s", "g"), {"codeChecksum": "2"})
        store.put(FUNCTION, ("s", "f"), {"codeChecksum": "2"})

        assert store.code_checksums() == {"2"}

    def test_code_checksums_are_those_of_versions_as_well(self, store):
        store.put(FUNCTION, ("s", "f"), {"codeChecksum": "2"})
        store.put(FUNCTION_SNAPSHOT, ("s", "1", "f"), {"codeChecksum": "1"})

        assert store.code_checksums() == {"1", "2"}

    def test_children_are_deleted_together(self, store):
        for key in (("s", "1", "f"), ("s", "1", "g"), ("s", "2", "f")):
            store.put(FUNCTION_SNAPSHOT, key, {"codeChecksum": "1"})

        store.delete_children(FUNCTION_SNAPSHOT, ("s", "1"))

        assert store.page(FUNCTION_SNAPSHOT, ("s", "1"), limit=-1) == []
        assert len(store.page(FUNCTION_SNAPSHOT, ("s", "2"), limit=-1)) == 1

    def test_triggers_are_found_by_type(self, store):
        for name, kind in (("b", "timer"), ("a", "timer"), ("c", "oss")):
            store.put(TRIGGER, ("s", "f", name), {"triggerType": kind})

        assert [record.key for record in store.triggers_of_type("timer")] == [
            ("s", "f", "a"),
            ("s", "f", "b"),
        ]

    def test_an_exception_undoes_a_transaction(self, store):
        def change_and_fail() -> None:
            with store.transaction():
                store.put(SERVICE, ("s",), {})
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            change_and_fail()

        assert store.get(SERVICE, ("s",)) is None

    def test_clear_removes_everything(self, store, path):
        for kind in KINDS:
            document = {field: "1" for _, field in kind.lookups}
            store.put(kind, ("1",) * len(kind.keys), document)
        store.enqueue("r", FunctionKey("s", "f"), b"", 0.0)
        store.add_log(FunctionVersion("s", "f"), "r", 0.0, "text")

        store.clear()

        assert [kind for kind in KINDS if store.get(kind, ("1",) * len(kind.keys))] == []
        assert store.queued() == 0
        assert read_logs(path, "s") == []


class TestPage:
    @pytest.fixture
    def names(self, store):
        names = ["B", "Z", "_x", "a", "a-b", "aB", "ab", "b"]
        for name in reversed(names):
            store.put(SERVICE, (name,), {})
        return names

    @staticmethod
    def listed(store, **conditions):
        records = store.page(SERVICE, (), **{"limit": 100, **conditions})
        return [record.key[0] for record in records]

    def test_names_sort_bytewise(self, store, names):
        assert self.listed(store) == names

    def test_limit(self, store, names):
        assert self.listed(store, limit=3) == names[:3]

    @pytest.mark.usefixtures("names")
    def test_prefix(self, store):
        assert self.listed(store, prefix="a") == ["a", "a-b", "aB", "ab"]

    @pytest.mark.usefixtures("names")
    def test_a_prefix_is_not_a_pattern(self, store):
        assert self.listed(store, prefix="_") == ["_x"]
        assert self.listed(store, prefix="%") == []

    def test_start_is_inclusive_and_need_not_exist(self, store, names):
        assert self.listed(store, start="a-b") == names[4:]
        assert self.listed(store, start="a-a") == names[4:]

    def test_after_is_exclusive(self, store, names):
        assert self.listed(store, after="a-b") == names[5:]

    @pytest.mark.usefixtures("names")
    def test_conditions_hold_together(self, store):
        assert self.listed(store, prefix="a", start="aB", limit=1) == ["aB"]

    def test_only_children_of_the_parent(self, store):
        for service in ("s", "s2"):
            store.put(FUNCTION, (service, "f"), {"codeChecksum": "1"})

        assert [r.key for r in store.page(FUNCTION, ("s",), limit=9)] == [("s", "f")]

    def test_numbers_are_in_their_order_in_both_directions(self, store):
        for number in (10, 9, 1, 2):
            store.put(VERSION, ("s", str(number)), {})

        def listed(**options):
            page = store.page(VERSION, ("s",), **{"limit": 9, **options})
            return [record.key[-1] for record in page]

        assert listed() == ["1", "2", "9", "10"]
        assert listed(start="2", limit=2) == ["2", "9"]
        assert listed(descending=True) == ["10", "9", "2", "1"]
        assert listed(descending=True, start="9", limit=2) == ["9", "2"]
        assert listed(descending=True, after="9") == ["2", "1"]


class TestQueue:
    function = FunctionKey("s", "f")

    def due(self, store, now=100.0, **options) -> list[QueuedInvocation]:
        return store.due(self.function, now, options.get("limit", 10), options.get("running", ()))

    def test_the_oldest_due_comes_first(self, store):
        for request_id, due in (("b", 2.0), ("a", 1.0), ("c", 2.0)):
            store.enqueue(request_id, self.function, request_id.encode(), due)

        assert [item.payload for item in self.due(store)] == [b"a", b"b", b"c"]

    def test_what_is_due_later_or_running_is_left_out(self, store):
        for due in (1.0, 2.0, 300.0):
            store.enqueue("r", self.function, b"", due)
        first = self.due(store)[0]

        assert [item.due for item in self.due(store, running=(first.id,))] == [2.0]

    def test_next_due_and_functions_due(self, store):
        store.enqueue("r", FunctionKey("s", "now"), b"", 1.0)
        store.enqueue("r", FunctionKey("s", "later"), b"", 300.0)

        assert store.functions_due(100.0) == [FunctionKey("s", "now")]
        assert store.next_due(100.0) == 300.0
        assert store.next_due(300.0) is None

    def test_rescheduling_keeps_attempts(self, store):
        store.enqueue("r", self.function, b"x", 1.0)
        again = replace(self.due(store)[0], attempts=2, throttles=1, due=50.0)

        store.reschedule(again)

        assert self.due(store) == [again]

    def test_a_cancelled_one_does_not_come_back(self, store):
        store.enqueue("r", self.function, b"x", 1.0)
        running = self.due(store)[0]
        store.cancel(self.function)

        store.reschedule(replace(running, attempts=1))

        assert store.queued() == 0

    def test_an_id_is_never_used_twice(self, store):
        store.enqueue("r", self.function, b"x", 1.0)
        first = self.due(store)[0]
        store.dequeue(first)
        store.enqueue("r", self.function, b"x", 1.0)

        assert self.due(store)[0].id > first.id

    def test_cancel_is_for_one_function(self, store):
        for names in (("s", "f"), ("s", "g"), ("s2", "f")):
            store.enqueue("r", FunctionKey(*names), b"", 1.0)

        store.cancel(FunctionKey("s", "f"))

        assert sorted(store.functions_due(9.0)) == [FunctionKey("s", "g"), FunctionKey("s2", "f")]

    def test_each_qualifier_has_invocations_of_its_own(self, store):
        keys = [FunctionKey("s", "f", qualifier) for qualifier in ("", "1", "prod")]
        for key in keys:
            store.enqueue(key.qualifier, key, b"", 1.0)

        store.cancel(keys[1])

        assert sorted(store.functions_due(9.0)) == [keys[0], keys[2]]
        assert [item.request_id for item in store.due(keys[2], 9.0, 10)] == ["prod"]
        assert [item.qualifier for item in store.due(keys[2], 9.0, 10)] == ["prod"]


class TestFailures:
    def test_a_damaged_database_is_refused_with_what_to_do(self, path):
        store = Store(path)
        for number in range(200):
            store.put(SERVICE, (f"s{number}",), {"serviceName": "x" * 500})
        store.close()
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + b"\xff" * 8192 + content[middle + 8192 :])

        with pytest.raises(StoreError, match=r"fc\.sqlite: .*; it is damaged: restore it"):
            Store(path)

    def test_a_damaged_document_is_an_error_of_the_store(self, store, path):
        store.put(SERVICE, ("s",), {"serviceName": "s"})
        store._db.execute("UPDATE services SET document = '{'")

        with pytest.raises(StoreError, match="a stored document is malformed; it is damaged"):
            store.get(SERVICE, ("s",))
        with pytest.raises(StoreError, match=str(path)):
            store.page(SERVICE, (), limit=1)

    def test_a_missing_table_is_an_error_of_the_store(self, store):
        store._db.execute("DROP TABLE services")

        with pytest.raises(StoreError, match="no such table: services; it is damaged"):
            store.get(SERVICE, ("s",))

    def test_a_full_database_says_so_and_can_be_used_again(self, store):
        store._db.execute("PRAGMA max_page_count = 20")

        with pytest.raises(StoreError, match="is full; free some space"):
            store.put(SERVICE, ("a",), {"description": "x" * 100_000})
        with pytest.raises(StoreError, match="is full"), store.transaction():
            store.put(SERVICE, ("a",), {"description": "x" * 100_000})

        store._db.execute("PRAGMA max_page_count = 10000")
        with store.transaction():
            store.put(SERVICE, ("b",), {"description": "x" * 100_000})
        assert store.get(SERVICE, ("a",)) is None
        assert store.get(SERVICE, ("b",)) is not None

    def test_logs_that_cannot_be_stored_do_not_count_for_the_limit(self, path):
        store = Store(path, log_limit=1000)
        store._db.execute("PRAGMA query_only = 1")
        for _ in range(20):
            with pytest.raises(StoreError, match="readonly"):
                store.add_log(FunctionVersion("s", "f"), "1", 0.0, "x" * 100)
        store._db.execute("PRAGMA query_only = 0")
        for number in range(5):
            store.add_log(FunctionVersion("s", "f"), str(number), 0.0, "x" * 100)
        store.close()

        assert len(read_logs(path, "s")) == 5


class TestModes:
    @pytest.mark.parametrize("umask", [0, 0o022, 0o777])
    @pytest.mark.parametrize("exists", [False, True])
    def test_files_are_for_their_owner_only_whatever_the_umask(self, path, umask, exists):
        if exists:
            Store(path).close()
            path.chmod(0o644)
        before = os.umask(umask)
        try:
            store = Store(path)
            store.put(SERVICE, ("s",), {})
        finally:
            os.umask(before)

        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        store.close()

        assert modes == dict.fromkeys(("fc.sqlite", "fc.sqlite-shm", "fc.sqlite-wal"), 0o600)


class TestLimitDue:
    def test_what_is_due_too_late_is_due_at_the_limit(self, store):
        for request_id, due in (("early", 5.0), ("late", 5000.0)):
            store.enqueue(request_id, FunctionKey("s", "f"), b"", due)

        store.limit_due(100.0)

        found = store.due(FunctionKey("s", "f"), 100.0, 10)
        assert [(each.request_id, each.due) for each in found] == [("early", 5.0), ("late", 100.0)]
