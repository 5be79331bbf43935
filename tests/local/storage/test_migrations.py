"""Databases that earlier versions of this library wrote; each *.sql is one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from local.support import FakePools, Server

from fc_client.local.engine import Settings
from fc_client.local.storage.reading import read_logs
from fc_client.local.storage.schema import (
    CLOUD_RESOURCE,
    FUNCTION,
    SCHEMA_VERSION,
    SERVICE,
    TRIGGER,
    FunctionKey,
    FunctionVersion,
)
from fc_client.local.storage.store import Store


@pytest.fixture
def path(tmp_path):
    """Return a database of schema 1 with a service, a function, a trigger and two invocations."""
    path = tmp_path / "fc.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(Path(__file__).with_name("schema_1.sql").read_text())
    return path


def tables(path):
    with closing(sqlite3.connect(path)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master ORDER BY name")]
        return {name: db.execute(f"PRAGMA table_info({name})").fetchall() for name in names}


class TestSchema1:
    def test_everything_is_kept(self, path):
        with closing(Store(path)) as store:
            assert store.get(SERVICE, ("s",)).document["serviceName"] == "s"
            assert store.get(FUNCTION, ("s", "f")).document["handler"] == "m.h"
            assert [each.key for each in store.triggers_of_type("timer")] == [("s", "f", "t")]
            assert store.get(TRIGGER, ("s", "f", "t")).document["triggerName"] == "t"
            assert store.get(CLOUD_RESOURCE, ("ram.role", "r")).document == {"RoleName": "r"}
            assert store.functions_due(2e9) == [FunctionKey("s", "f")]
            queued = store.due(FunctionKey("s", "f"), 2e9, 10)

        assert [(each.payload, each.attempts, each.qualifier) for each in queued] == [
            (b"first", 1, ""),
            (b"\0second\xff", 0, ""),
        ]
        (entry,) = read_logs(path, "s")
        assert (entry.text, entry.version) == ("ran\n", "")

    def test_it_becomes_like_a_new_one(self, path, tmp_path):
        new = tmp_path / "new.sqlite"
        for each in (path, new):
            Store(each).close()

        assert tables(path) == tables(new)
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)

    def test_it_is_opened_again(self, path):
        Store(path).close()

        with closing(Store(path)) as store:
            store.add_log(FunctionVersion("s", "f", "1"), "r", 0.0, "new\n")
            assert store.queued() == 2
        assert [entry.version for entry in read_logs(path, "s")] == ["", "1"]

    def test_logs_are_read_before_a_server_opened_it(self, path):
        (entry,) = read_logs(path, "s")

        assert (entry.text, entry.version) == ("ran\n", "")
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (1,)

    def test_a_server_runs_what_was_queued(self, path, tmp_path):
        pools = FakePools()
        with Server(Settings(make_pools=lambda _: pools), tmp_path) as server:
            server.thread.drain(10)
            published = server.api.call("POST", "/services/s/versions", {})

        assert sorted(pools.events) == [b"\0second\xff", b"first"]
        assert published.json()["versionId"] == "1"
        with closing(Store(path)) as store:
            assert store.queued() == 0
