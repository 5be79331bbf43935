"""Fields that services, functions and triggers have had since the guide."""

from __future__ import annotations

from local.support import assert_error, failing, zip_code, zipped

HTTP = {
    "triggerType": "http",
    "triggerConfig": {"authType": "anonymous", "methods": ["GET"]},
}

# What Serverless Devs sends to clear a setting, and what the Go SDK sends for one without a value.
SERVICE_SETTINGS = {
    "nasConfig": {"userId": -1, "groupId": -1, "mountPoints": []},
    "ossMountConfig": {"mountPoints": [{"bucketName": "b", "mountDir": "/mnt", "readOnly": True}]},
    "logConfig": {
        "project": "",
        "logstore": "",
        "enableRequestMetrics": False,
        "enableInstanceMetrics": True,
        "logBeginRule": "DefaultRegex",
    },
    "role": "",
}
FUNCTION_SETTINGS = {
    "layers": [],
    "instanceConcurrency": 10,
    "instanceSoftConcurrency": 5,
    "gpuMemorySize": 2048,
    "cpu": 0.35,
    "diskSize": 512,
    "caPort": 9000,
    "customContainerConfig": {"image": "i", "command": '["/server"]', "webServerMode": None},
    "instanceLifecycleConfig": {"preStop": {"handler": "m.stop", "timeout": 3}, "preFreeze": None},
    "customDNS": {"nameServers": None, "searches": None, "dnsOptions": None},
}

# Values of other types.
OTHER_SERVICE_SETTINGS = [
    ("nasConfig", {"userId": "root"}),
    ("nasConfig", {"mountPoints": [5]}),
    ("ossMountConfig", {"mountPoints": {}}),
    ("ossMountConfig", {"mountPoints": [{"readOnly": "yes"}]}),
    ("logConfig", {"enableRequestMetrics": 1}),
]
OTHER_FUNCTION_SETTINGS = [
    ("instanceConcurrency", 0),
    ("instanceConcurrency", 101),
    ("instanceSoftConcurrency", "5"),
    ("gpuMemorySize", 1.5),
    ("cpu", True),
    ("diskSize", []),
    ("caPort", 70000),
    ("customContainerConfig", {"command": ["/server"]}),
    ("instanceLifecycleConfig", {"preStop": {"timeout": "3"}}),
    ("customDNS", {"nameServers": "1.1.1.1"}),
    ("customDNS", {"dnsOptions": [{"name": 1}]}),
]


class TestSettings:
    def test_of_services_are_stored(self, api):
        created = api.create_service(**SERVICE_SETTINGS).json()
        changed = api.call("PUT", "/services/s", {"nasConfig": {"userId": 1000}}).json()

        assert SERVICE_SETTINGS.items() <= created.items()
        assert changed["nasConfig"] == {"userId": 1000}

    def test_of_functions_are_stored(self, api):
        api.create_service()

        api.create_function(**FUNCTION_SETTINGS).raise_for_status()

        stored = api.call("GET", "/services/s/functions/f").json()
        assert FUNCTION_SETTINGS.items() <= stored.items()

    def test_null_is_like_none_at_all(self, api):
        api.create_service(**dict.fromkeys(SERVICE_SETTINGS)).raise_for_status()
        api.create_function(**dict.fromkeys(FUNCTION_SETTINGS)).raise_for_status()

        assert "ossMountConfig" not in api.call("GET", "/services/s").json()
        assert "cpu" not in api.call("GET", "/services/s/functions/f").json()

    def test_of_services_with_other_types_are_refused(self, api):
        for name, value in OTHER_SERVICE_SETTINGS:
            refused = api.create_service(**{name: value})
            assert_error(refused, 400, "InvalidArgument", f"{name}: must be an object")

    def test_of_functions_with_other_types_are_refused(self, api):
        api.create_service()

        for name, value in OTHER_FUNCTION_SETTINGS:
            refused = api.create_function(**{name: value})
            assert_error(refused, 400, "InvalidArgument", f"{name}: must")

    def test_a_description_of_a_trigger_is_text(self, api):
        api.create_service()
        api.create_function()

        assert api.create_trigger(description="d").json()["description"] == "d"
        refused = api.call("PUT", "/services/s/functions/f/triggers/t", {"description": 5})
        assert_error(refused, 400, "InvalidArgument", "description:")


class TestTags:
    def test_are_shown_with_their_service(self, api):
        api.create_service()
        api.create_service("other")
        api.call("POST", "/services/s/versions").raise_for_status()
        api.call("POST", "/tag", {"resourceArn": "services/s", "tags": {"k": "v"}})

        listed = api.call("GET", "/services").json()["services"]
        shown = [
            api.call("GET", "/services/s").json(),
            api.call("GET", "/services/s.1").json(),
            api.call("PUT", "/services/s", {"description": "d"}).json(),
            listed[1],
        ]

        assert [service["tags"] for service in shown] == [{"k": "v"}] * 4
        assert "tags" not in listed[0]

    def test_of_a_request_are_ignored(self, api):
        assert "tags" not in api.create_service(tags={"k": "v"}).json()


class TestLayers:
    def test_are_shown_by_both_forms_of_their_arns(self, api):
        api.create_service()
        layer = {"code": zip_code(zipped()), "compatibleRuntime": ["python3"]}
        arns = api.call("POST", "/layers/l/versions", layer).json()

        created = api.create_function(layers=[arns["arn"]]).json()
        [listed] = api.call("GET", "/services/s/functions").json()["functions"]
        cleared = api.call("PUT", "/services/s/functions/f", {"layers": []}).json()

        for function in (created, listed):
            assert (function["layers"], function["layersArnV2"]) == ([arns["arn"]], [arns["arnV2"]])
        assert "layersArnV2" not in cleared


class TestTriggers:
    def test_keep_the_id_that_they_are_created_with(self, api):
        api.create_service()
        api.create_function()
        created = api.create_trigger().json()
        path = "/services/s/functions/f/triggers"

        shown = [
            api.call("GET", f"{path}/t").json(),
            api.call("PUT", f"{path}/t", {"description": "d", "triggerID": "x"}).json(),
            *api.call("GET", path).json()["triggers"],
        ]

        assert [trigger["triggerId"] for trigger in shown] == [created["triggerId"]] * 3
        assert api.create_trigger("other").json()["triggerId"] != created["triggerId"]

    def test_of_http_have_urls_that_can_be_called(self, api, pools):
        pools.behaviour = failing
        api.create_service()
        api.create_function()

        trigger = api.create_trigger(**HTTP, urlInternet="http://elsewhere").json()

        url = f"{api.endpoint}/2016-08-15/proxy/s/f/"
        assert (trigger["urlInternet"], trigger["urlIntranet"]) == (url, url)
        assert api.session.get(f"{url}x").json() == {"errorMessage": "oops"}

    def test_of_http_have_their_qualifier_in_their_urls(self, api):
        api.create_service()
        api.create_function()
        api.call("POST", "/services/s/versions").raise_for_status()

        trigger = api.create_trigger(**HTTP, qualifier="1").json()

        assert trigger["urlIntranet"].endswith("/proxy/s.1/f/")

    def test_without_the_internet_have_no_url_there(self, api):
        api.create_service()
        api.create_function()
        config = {**HTTP["triggerConfig"], "disableURLInternet": True}

        trigger = api.create_trigger(triggerType="http", triggerConfig=config).json()

        assert trigger["urlInternet"] is None
        assert trigger["urlIntranet"]

    def test_of_other_types_have_none(self, api):
        api.create_service()
        api.create_function()

        assert "urlInternet" not in api.create_trigger().json()
