"""Arguments that operations of the guide have since then."""

import io
import json

import pytest
import responses
from responses import matchers
from support.fake_service import FUNCTION, SERVICE, SERVICES, sent

from fc_client import Code, LogConfig

ZIP = Code.from_zip(b"PK\x05\x06" + bytes(18))


class TestQualifier:
    def test_of_a_download(self, client):
        function = FUNCTION.replace("/s/", "/s.prod/")
        responses.get(f"{function}/code", json={"url": "http://oss.test/code", "checksum": None})
        responses.get("http://oss.test/code", body=b"zip")
        target = io.BytesIO()
        client.download_function_code("s", "f", target, qualifier="prod")
        assert target.getvalue() == b"zip"

    def test_of_many_events(self, client):
        function = FUNCTION.replace("/s/", "/s.2/")
        version = {"X-Fc-Invocation-Service-Version": "2"}
        responses.post(f"{function}/invocations", body=b"done", headers=version)
        results = list(client.map_function("s", "f", [b"a", b"b"], qualifier="2"))
        assert [result.service_version for result in results] == ["2", "2"]

    def test_of_iteration(self, client):
        responses.get(f"{SERVICE}.LATEST/functions", json={"functions": [{"functionName": "f"}]})
        [function] = client.iter_functions("s", qualifier="LATEST")
        assert function.function_name == "f"

    @pytest.mark.parametrize("qualifier", ["", "a.b", "a/b"])
    def test_that_is_not_valid_is_refused_before_anything_is_sent(self, client, qualifier):
        with pytest.raises(ValueError, match=r"^qualifier: "):
            client.invoke_function("s", "f", qualifier=qualifier)
        with pytest.raises(ValueError, match=r"^qualifier: "):
            client.map_function("s", "f", [], qualifier=qualifier)


class TestStatefulId:
    def test_is_returned(self, client):
        headers = {"X-Fc-Stateful-Async-Invocation-Id": "i"}
        responses.post(f"{FUNCTION}/invocations", status=202, headers=headers)
        result = client.invoke_function("s", "f", invocation_type="Async", stateful_id="i")
        assert result.stateful_id == "i"

    def test_requires_an_async_invocation(self, client):
        with pytest.raises(ValueError, match=r"^stateful_id: requires invocation_type='Async'"):
            client.invoke_function("s", "f", stateful_id="i")


class TestAsyncDelay:
    @pytest.mark.parametrize(
        ("options", "kind", "message"),
        [
            ({"async_delay": 5}, ValueError, r"requires invocation_type='Async'"),
            ({"async_delay": -1, "invocation_type": "Async"}, ValueError, "must be at least 0"),
            ({"async_delay": 1.5, "invocation_type": "Async"}, TypeError, "expected an int"),
        ],
    )
    def test_that_is_not_valid_is_refused(self, client, options, kind, message):
        with pytest.raises(kind, match=f"^async_delay: {message}"):
            client.invoke_function("s", "f", **options)


class TestLogConfig:
    def test_sends_and_returns_later_fields(self, client):
        fields = {
            "project": "p",
            "logstore": "l",
            "enableRequestMetrics": True,
            "enableInstanceMetrics": False,
            "logBeginRule": "DefaultRegex",
        }
        config = LogConfig("p", "l", True, False, "DefaultRegex")
        responses.put(SERVICE, json={"serviceName": "s", "logConfig": fields})
        service = client.update_service("s", log_config=config)
        assert json.loads(sent().body) == {"logConfig": fields}
        assert service.log_config == config


class TestCPU:
    @pytest.mark.parametrize(
        ("value", "kind"), [("1", TypeError), (True, TypeError), (float("nan"), ValueError)]
    )
    def test_must_be_a_finite_number(self, client, value, kind):
        with pytest.raises(kind, match=r"^cpu: "):
            client.update_function("s", "f", cpu=value)


class TestExtra:
    def test_of_a_field_that_is_an_argument_is_refused(self, client):
        with pytest.raises(ValueError, match=r"^extra: 'role' is given by an argument as well"):
            client.update_service("s", role="r", extra={"role": "r"})

    def test_may_have_a_field_whose_argument_is_left_out(self, client):
        responses.put(SERVICE, json={"serviceName": "s"})
        client.update_service("s", extra={"role": "r", "newer": [1]})
        assert json.loads(sent().body) == {"role": "r", "newer": [1]}


class TestTags:
    def test_are_parameters_of_the_query(self, client):
        query = {"tag_team": "a b", "tag_env": "", "limit": "100"}
        match = [matchers.query_param_matcher(query)]
        responses.get(SERVICES, json={"services": []}, match=match)
        assert list(client.iter_services(tags={"team": "a b", "env": ""})) == []


class TestContainers:
    def test_need_no_code(self, client):
        responses.post(f"{SERVICE}/functions", json={"functionName": "f"})
        client.create_function(
            "s",
            "f",
            runtime="custom-container",
            handler="not-used",
            code=None,
            custom_container_config={"image": "i"},
        )
        assert json.loads(sent().body) == {
            "functionName": "f",
            "runtime": "custom-container",
            "handler": "not-used",
            "customContainerConfig": {"image": "i"},
        }

    def test_code_is_required_otherwise(self, client):
        with pytest.raises(TypeError, match=r"^code: expected a path or a Code, got None; only"):
            client.create_function("s", "f", runtime="python3", handler="i.h", code=None)

    def test_layers_are_a_list(self, client):
        with pytest.raises(TypeError, match=r"^layers: expected a list of str, got str"):
            client.create_function(
                "s", "f", runtime="python3", handler="i.h", code=ZIP, layers="acs:fc"
            )


class TestVersionWeights:
    @pytest.mark.parametrize(
        ("weights", "kind", "message"),
        [
            ([("2", 0.1)], TypeError, "expected a mapping, got list"),
            ({2: 0.1}, TypeError, "keys must be str, got 2"),
            ({"2": "0.1"}, TypeError, r"\['2'\]: expected a number, got str"),
            ({"2": True}, TypeError, r"\['2'\]: expected a number, got bool"),
            ({"2": float("nan")}, ValueError, "cannot be encoded as JSON"),
        ],
    )
    def test_are_numbers_by_version(self, client, weights, kind, message):
        with pytest.raises(kind, match=rf"^additional_version_weight:?.*{message}"):
            client.create_alias("s", "a", version_id="1", additional_version_weight=weights)

    def test_tags_are_required(self, client):
        with pytest.raises(TypeError, match=r"^tags: expected a mapping, got None"):
            client.tag_resource("services/s", tags=None)
