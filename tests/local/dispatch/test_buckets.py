import os
from datetime import datetime, timezone
from hashlib import md5

import pytest

from fc_client.local.dispatch.buckets import Source, Stamp, changes, oss_event, scan

OLD, NEW = Stamp(1, 100), Stamp(3, 200)


class TestScan:
    def test_finds_files_by_key(self, tmp_path):
        (tmp_path / "image").mkdir()
        (tmp_path / "image" / "a.jpg").write_bytes(b"123")
        (tmp_path / "b").write_bytes(b"")

        assert {key: stamp.size for key, stamp in scan(tmp_path).items()} == {
            "image/a.jpg": 3,
            "b": 0,
        }

    def test_a_bucket_that_is_not_there_is_empty(self, tmp_path):
        assert scan(tmp_path / "nothing") == {}

    def test_links_and_names_that_are_no_text_are_no_objects(self, tmp_path):
        (tmp_path / "link").symlink_to("/etc/hosts")
        (tmp_path / "folder").symlink_to("/etc")
        (tmp_path / os.fsdecode(b"\xff")).write_bytes(b"x")

        assert scan(tmp_path) == {}


class TestChanges:
    @pytest.mark.parametrize(
        ("known", "previous", "current", "expected"),
        [
            ({}, {"a": NEW}, {"a": NEW}, [("ObjectCreated:PutObject", "a")]),
            ({"a": OLD}, {"a": NEW}, {"a": NEW}, [("ObjectCreated:PutObject", "a")]),
            ({"a": OLD}, {}, {}, [("ObjectRemoved:DeleteObject", "a")]),
            ({"a": OLD}, {"a": OLD}, {"a": OLD}, []),
            # Not yet: it was something else at the last scan.
            ({}, {}, {"a": NEW}, []),
            ({}, {"a": OLD}, {"a": NEW}, []),
            ({"a": OLD}, {"a": OLD}, {}, []),
        ],
    )
    def test_counts_what_stands_still(self, known, previous, current, expected):
        found = [(change.event, change.key) for change in changes(known, previous, current)]

        assert found == expected


class TestOSSEvent:
    @pytest.fixture
    def source(self, tmp_path):
        return Source("testbucket", tmp_path, "cn-shanghai", "123456789")

    def test_has_every_field_of_the_guide(self, source, tmp_path):
        (tmp_path / "a.jpg").write_bytes(b"123")
        (change,) = changes({"a.jpg": OLD}, {"a.jpg": NEW}, {"a.jpg": NEW})
        now = datetime(2017, 4, 21, 12, 46, 37, tzinfo=timezone.utc)

        (event,) = oss_event(source, change, "9adac8e2", now)["events"]

        request_id = event["responseElements"].pop("requestId")
        assert len(request_id) == 24
        assert event == {
            "eventName": "ObjectCreated:PutObject",
            "eventSource": "acs:oss",
            "eventTime": "2017-04-21T12:46:37.000Z",
            "eventVersion": "1.0",
            "oss": {
                "bucket": {
                    "arn": "acs:oss:cn-shanghai:123456789:testbucket",
                    "name": "testbucket",
                    "ownerIdentity": "123456789",
                    "virtualBucket": "",
                },
                "object": {
                    "deltaSize": 2,
                    "eTag": md5(b"123").hexdigest().upper(),
                    "key": "a.jpg",
                    "size": 3,
                },
                "ossSchemaVersion": "1.0",
                "ruleId": "9adac8e2",
            },
            "region": "cn-shanghai",
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {},
            "userIdentity": {"principalId": "123456789"},
        }

    def test_of_a_removed_object_has_its_size_gone(self, source):
        (change,) = changes({"a.jpg": NEW}, {}, {})

        (event,) = oss_event(source, change, "", datetime.now(timezone.utc))["events"]

        assert event["oss"]["object"] == {"deltaSize": -3, "eTag": "", "key": "a.jpg", "size": 0}
