from datetime import datetime, timezone
from hashlib import md5

import pytest

from fc_client.local.dispatch.buckets import Bucket, changes, oss_event
from fc_client.local.dispatch.file_scan import FileState

OLD, NEW = FileState(1, 100), FileState(3, 200)


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
    def test_reports_what_two_scans_agree_on(self, known, previous, current, expected):
        found = [(change.event, change.key) for change in changes(known, previous, current)]

        assert found == expected


class TestOSSEvent:
    @pytest.fixture
    def bucket(self, tmp_path):
        return Bucket("testbucket", tmp_path, "cn-shanghai", "123456789")

    def test_has_every_field_of_the_guide(self, bucket, tmp_path):
        (tmp_path / "a.jpg").write_bytes(b"123")
        (change,) = changes({"a.jpg": OLD}, {"a.jpg": NEW}, {"a.jpg": NEW})
        now = datetime(2017, 4, 21, 12, 46, 37, tzinfo=timezone.utc)

        (event,) = oss_event(bucket, change, "9adac8e2", now)["events"]

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

    def test_of_a_removed_object_has_a_negative_delta(self, bucket):
        (change,) = changes({"a.jpg": NEW}, {}, {})

        (event,) = oss_event(bucket, change, "", datetime.now(timezone.utc))["events"]

        assert event["oss"]["object"] == {"deltaSize": -3, "eTag": "", "key": "a.jpg", "size": 0}
