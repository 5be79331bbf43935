"""The events that fire() sends."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from fc_client.local.dispatch.cbor import encode
from fc_client.local.dispatch.trigger_events import Firing, event_of

NOW = datetime(2018, 2, 9, 5, 49, tzinfo=timezone.utc)


def firing(kind, arn="", **config):
    document = {"triggerType": kind, "sourceArn": arn, "triggerConfig": config}
    return Firing("t", document, NOW, "cn-shanghai", "123")


def event(*args, what=None, **config):
    return json.loads(event_of(firing(*args, **config), what or {}))


class TestEvents:
    def test_timer(self):
        expected = {
            "triggerTime": "2018-02-09T05:49:00Z",
            "triggerName": "t",
            "payload": "awesome-fc",
        }

        assert event("timer", payload="awesome-fc") == expected
        assert event("timer", what={"payload": "other"})["payload"] == "other"

    def test_oss(self):
        arn = "acs:oss:cn-shanghai:123:photos"

        sent = event("oss", arn, what={"key": "a.jpg", "size": 5, "etag": "E"})["events"][0]

        assert sent["eventName"] == "ObjectCreated:PutObject"
        assert sent["oss"]["bucket"]["arn"] == arn
        assert sent["oss"]["object"] == {"deltaSize": 5, "eTag": "E", "key": "a.jpg", "size": 5}

    def test_oss_needs_a_key(self):
        with pytest.raises(TypeError, match="key"):
            event("oss", "acs:oss:cn-shanghai:123:photos")

    @pytest.mark.parametrize("kind", ["log", "logs"])
    def test_log(self, kind):
        sent = event(
            kind,
            "acs:log:cn-shanghai:123:project/p",
            what={"shard_id": 1},
            sourceConfig={"logstore": "l"},
            functionParameter={"a": 1},
        )

        source = sent["source"]
        assert sent["parameter"] == {"a": 1}
        assert (source["projectName"], source["logstoreName"], source["shardId"]) == ("p", "l", 1)
        assert sent["cursorTime"] == 1518155340
        assert sent.keys() == {"parameter", "source", "jobName", "taskId", "cursorTime"}

    def test_mns_as_a_stream(self):
        topic = firing("mns_topic", "acs:mns:cn-shanghai:123:/topics/news")

        assert event_of(topic, {"message": "hi"}) == b"hi"
        assert json.loads(event_of(topic, {"message": "hi", "attributes": {"a": "b"}})) == {
            "body": "hi",
            "attrs": {"a": "b"},
        }

    def test_mns_as_json(self):
        sent = event(
            "mns_topic",
            "acs:mns:cn-shanghai:123:/topics/news",
            what={"message": "hi"},
            notifyContentFormat="JSON",
        )

        assert sent.pop("MessageId")
        assert sent == {
            "TopicOwner": "123",
            "Message": "hi",
            "Subscriber": "123",
            "PublishTime": 1518155340000,
            "SubscriptionName": "t",
            "MessageMD5": "49F68A5C8493EC2C0BF489821C21FC3B",
            "TopicName": "news",
        }

    def test_cdn(self):
        config = {
            "eventName": "LogFileCreated",
            "eventVersion": "1.0.0",
            "filter": {"domain": ["d"]},
        }

        sent = event("cdn_events", "acs:cdn:*:123", **config)["events"][0]
        chosen = event("cdn_events", what={"parameter": {"x": 1}, "resource": {}}, **config)

        assert sent["eventSource"] == "cdn"
        assert sent["resource"] == {"domain": "d"}
        assert sent["eventParameter"]["domain"] == "d"
        assert chosen["events"][0]["eventParameter"] == {"x": 1}

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("LogFileCreated", {"domain", "startTime", "endTime", "fileSize", "filePath"}),
            (
                "CachedObjectsRefreshed",
                {"domain", "objectPath", "objectType", "createTime", "completeTime", "taskId"},
            ),
            ("CdnDomainStarted", {"domain"}),
        ],
    )
    def test_the_parameter_of_cdn_is_that_of_the_event(self, name, fields):
        sent = event("cdn_events", eventName=name, eventVersion="1.0.0")["events"][0]

        assert sent["eventParameter"].keys() == fields

    def test_tablestore_is_cbor(self):
        sent = event_of(firing("tablestore"), {"records": [{"Type": "DeleteRow"}]})

        assert sent == bytes.fromhex(
            "a2 67 56657273696f6e 67 53796e632d7631 67 5265636f726473"
            "81 a1 64 54797065 69 44656c657465526f77"
        )
        assert b"hello_table_store" in event_of(firing("tablestore"), {})

    def test_eventbridge(self):
        sent = event("eventbridge", what={"data": {"a": 1}, "type": "x", "source": "me"})

        assert sent["specversion"] == "1.0"
        assert (sent["data"], sent["type"], sent["source"]) == ({"a": 1}, "x", "me")

    @pytest.mark.parametrize(
        ("given", "expected"), [(b"\xff", b"\xff"), ("é", "é".encode()), ({"a": 1}, b'{"a": 1}')]
    )
    def test_any_event(self, given, expected):
        assert event_of(firing("rds"), {"event": given}) == expected

    def test_an_event_excludes_other_arguments(self):
        with pytest.raises(TypeError, match="event"):
            event_of(firing("timer"), {"event": b"", "payload": "x"})

    def test_a_type_without_the_argument(self):
        with pytest.raises(
            TypeError, match=r"^key: a timer trigger does not have it, only payload"
        ):
            event_of(firing("timer"), {"key": "x"})

    def test_an_event_that_is_not_json(self):
        with pytest.raises(TypeError, match=r"^the event cannot be sent as JSON: .*bytes"):
            event_of(firing("timer"), {"payload": b"\xff"})
        with pytest.raises(ValueError, match=r"^the event cannot be sent as JSON"):
            event_of(firing("timer"), {"event": "\udc80"})


class TestCbor:
    # The examples of RFC 8949, appendix A.
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (0, "00"), (23, "17"), (24, "1818"), (1000, "1903e8"), (1000000, "1a000f4240"),
            (1000000000000, "1b000000e8d4a51000"), (18446744073709551615, "1bffffffffffffffff"),
            (-1, "20"), (-1000, "3903e7"), (1.1, "fb3ff199999999999a"),
            (False, "f4"), (True, "f5"), (None, "f6"), (b"\1\2\3\4", "4401020304"),
            ("ü", "62c3bc"), ([], "80"), ([1, [2, 3]], "8201820203"), ({"a": 1}, "a1616101"),
        ],
    )  # fmt: skip
    def test_examples(self, value, expected):
        assert encode(value).hex() == expected

    def test_what_it_cannot_represent(self):
        with pytest.raises(OverflowError):
            encode(1 << 64)
        with pytest.raises(TypeError, match="object"):
            encode(object())
