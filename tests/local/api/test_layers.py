from __future__ import annotations

import io
import zipfile
from urllib.parse import quote

import pytest
import requests
from local.support import VERSION, assert_error, function_fields, zip_code, zip_of

from fc_client.local import LocalFunctionCompute


def publish(api, name="l", files=None, **fields):
    body = {
        "code": zip_code(zip_of(files or {"python/lent.py": "X = 1\n"})),
        "compatibleRuntime": ["python3"],
        **fields,
    }
    return api.call("POST", f"/layers/{name}/versions", body)


def published(api, name="l", files=None, **fields):
    reply = publish(api, name, files, **fields)
    reply.raise_for_status()
    return reply.json()


def versions(api, name="l", query=""):
    reply = api.call("GET", f"/layers/{name}/versions{query}")
    reply.raise_for_status()
    return [layer["version"] for layer in reply.json()["layers"]]


class TestVersions:
    def test_a_published_one_has_the_fields_of_the_service(self, api, server):
        reply = publish(api, description="lends X")

        layer = reply.json()
        account = server.data.account.account_id
        assert reply.headers["ETag"]
        assert layer.pop("codeChecksum").isdigit()
        assert layer.pop("codeSize") > 0
        assert layer.pop("code")["repositoryType"] == "OSS"
        assert layer.pop("createTime").endswith("Z")
        assert layer.pop("arn").endswith("#l#1")
        assert layer == {
            "layerName": "l",
            "version": 1,
            "description": "lends X",
            "acl": 0,
            "compatibleRuntime": ["python3"],
            "arnV2": f"acs:fc:local:{account}:layers/l/versions/1",
        }

    def test_keys_may_be_spelled_in_another_case(self, api):
        code = zip_code(zip_of({"a": ""}))

        reply = api.call("POST", "/layers/l/versions", {"Code": code, "CompatibleRuntime": ["Any"]})

        assert reply.json()["compatibleRuntime"] == ["Any"]

    def test_its_code_can_be_downloaded(self, api):
        location = published(api)["code"]["location"]

        archive = zipfile.ZipFile(io.BytesIO(requests.get(location, timeout=30).content))

        assert archive.namelist() == ["python/lent.py"]

    def test_numbers_are_not_used_again(self, api):
        assert [published(api)["version"] for _ in range(3)] == [1, 2, 3]
        api.call("DELETE", "/layers/l/versions/3").raise_for_status()
        assert published(api)["version"] == 4
        assert versions(api) == [1, 2, 4]

    def test_they_are_listed_in_pages(self, api):
        for _ in range(5):
            published(api)

        first = api.call("GET", "/layers/l/versions?limit=2").json()
        start = first["nextVersion"]

        assert [layer["version"] for layer in first["layers"]] == [1, 2]
        assert versions(api, query=f"?limit=3&startVersion={start}") == [3, 4, 5]
        last = api.call("GET", "/layers/l/versions?startVersion=4").json()
        assert "nextVersion" not in last

    def test_get(self, api):
        layer = published(api)

        found = api.call("GET", "/layers/l/versions/1").json()

        assert found["arnV2"] == layer["arnV2"]

    @pytest.mark.parametrize("form", ["arn", "arnV2"])
    @pytest.mark.parametrize("safe", ["", ":"])
    @pytest.mark.parametrize("signed", ["encoded", "decoded"])
    def test_get_by_arn(self, api, form, safe, signed):
        arn = published(api)[form]
        path = f"{VERSION}/layerarn/{quote(arn, safe=safe)}"
        headers = api.signed("GET", path if signed == "encoded" else f"{VERSION}/layerarn/{arn}")

        reply = api.session.get(api.endpoint + path, headers=headers)

        assert reply.json()["version"] == 1

    def test_an_arn_of_something_else_is_refused(self, api):
        path = f"/layerarn/{quote('acs:fc:local:1:services/s', safe='')}"

        assert_error(api.call("GET", path), 400, "InvalidArgument", "arn")

    def test_what_is_missing_is_not_found(self, api):
        for path in ("/layers/l/versions", "/layers/l/versions/1"):
            assert_error(api.call("GET", path), 404, "LayerNotFound")
        published(api)
        assert_error(api.call("GET", "/layers/l/versions/2"), 404, "LayerVersionNotFound")
        assert_error(api.call("DELETE", "/layers/l/versions/2"), 404, "LayerVersionNotFound")

    def test_a_layer_without_versions_is_not_found(self, api):
        published(api)
        reply = api.call("DELETE", "/layers/l/versions/1")
        assert (reply.status_code, reply.content) == (204, b"")

        assert_error(api.call("GET", "/layers/l/versions"), 404, "LayerNotFound")
        assert_error(api.call("PUT", "/layers/l/acl?public=true"), 404, "LayerNotFound")
        assert api.call("GET", "/layers").json() == {"layers": []}

    @pytest.mark.parametrize(
        ("fields", "word"),
        [
            ({"code": None}, "code"),
            ({"code": {"zipFile": "bm8="}}, "code"),
            ({"code": {"zipFile": "?"}}, "base64"),
            ({"compatibleRuntime": None}, "compatibleRuntime"),
            ({"compatibleRuntime": []}, "compatibleRuntime"),
            ({"compatibleRuntime": [1]}, "compatibleRuntime"),
            ({"description": 1}, "description"),
        ],
    )
    def test_invalid_ones_are_refused(self, api, fields, word):
        assert_error(publish(api, **fields), 400, "InvalidArgument", word)

    def test_invalid_names_are_refused(self, api):
        assert_error(publish(api, "1"), 400, "InvalidArgument", "layerName")


class TestList:
    def test_the_newest_version_of_each(self, api):
        for name in ("b", "a", "b"):
            published(api, name)

        layers = api.call("GET", "/layers").json()["layers"]

        assert [(layer["layerName"], layer["version"]) for layer in layers] == [("a", 1), ("b", 2)]

    def test_pages_and_prefixes(self, api):
        for name in ("xa", "xb", "xc", "y"):
            published(api, name)

        first = api.call("GET", "/layers?prefix=x&limit=2").json()
        rest = api.call("GET", f"/layers?prefix=x&limit=2&nextToken={first['nextToken']}").json()

        assert [layer["layerName"] for layer in rest["layers"]] == ["xc"]

    def test_public_ones(self, api):
        published(api, "a")
        published(api, "b")

        assert api.call("PUT", "/layers/b/acl?public=true").status_code == 200

        layers = api.call("GET", "/layers?public=true").json()["layers"]
        assert [(layer["layerName"], layer["acl"]) for layer in layers] == [("b", 1)]
        assert api.call("GET", "/layers?official=true").json() == {"layers": []}
        api.call("PUT", "/layers/b/acl?public=false&official=true").raise_for_status()
        assert api.call("GET", "/layers?isPublic=true").json() == {"layers": []}
        assert len(api.call("GET", "/layers?official=true").json()["layers"]) == 1

    def test_one_public_version(self, api):
        published(api)
        published(api)

        assert api.call("POST", "/layers/l/versions/1").status_code == 200

        assert api.call("GET", "/layers/l/versions/1").json()["acl"] == 1
        assert api.call("GET", "/layers/l/versions/2").json()["acl"] == 0

    def test_flags_are_true_or_false(self, api):
        assert_error(api.call("GET", "/layers?public=1"), 400, "InvalidArgument", "public")


class TestPermanentDeletion:
    def test_it_removes_the_zip(self, api, server):
        account = server.data.account.account_id
        location = published(api)["code"]["location"]

        reply = api.call("POST", f"/adminlayers/{account}/l/versions/1")

        assert reply.status_code == 200
        assert_error(requests.get(location, timeout=30), 404, "LayerVersionNotFound")
        assert not list((server.data.code / "layers" / "zips").iterdir())

    def test_of_another_account_is_refused(self, api):
        published(api)

        assert_error(api.call("POST", "/adminlayers/5/l/versions/1"), 403, "AccessDenied")

    def test_of_a_missing_one(self, api, server):
        path = f"/adminlayers/{server.data.account.account_id}/l/versions/1"

        assert_error(api.call("POST", path), 404, "LayerVersionNotFound")


class TestFunctions:
    def test_a_function_names_layers_that_exist(self, api):
        api.create_service()
        arn = published(api)["arnV2"]
        missing = arn.replace("versions/1", "versions/2")

        assert api.create_function(layers=[arn]).json()["layers"] == [arn]
        reply = api.call("PUT", "/services/s/functions/f", {"layers": [missing]})
        assert_error(reply, 404, "LayerVersionNotFound")
        reply = api.create_function("g", layers=["x"])
        assert_error(reply, 400, "InvalidArgument", "layers")
        reply = api.create_function("g", layers=[arn] * 6)
        assert_error(reply, 400, "InvalidArgument", "at most 5")

    def test_layers_are_merged_where_functions_look(self, make_api, tmp_path):
        source = (
            "import lent, os, subprocess\n"
            "def h(event, context):\n"
            "    tool = subprocess.check_output(['tool'], text=True)\n"
            "    data = open(os.environ['DATA']).read()\n"
            "    return '|'.join([lent.X, tool.strip(), data, lent.__file__])\n"
        )
        first = {"python/lent.py": "X = 'first'\n", "data.txt": "first", "bin": ""}
        second = {"python/lent.py": "X = 'second'\n"}
        with LocalFunctionCompute(tmp_path / "data") as fc:
            api = make_api(fc)
            api.create_service()
            layers = [
                published(api, "one", first)["arnV2"],
                published(api, "two", second)["arn"],
                published(api, "three", {}, code=zip_code(executable("bin/tool")))["arnV2"],
            ]
            fields = {"layers": layers, "environmentVariables": {"DATA": "/opt/data.txt"}}
            api.create_function(**{**function_fields(m=source), **fields}).raise_for_status()

            shown = api.invoke().text

            place = next((tmp_path / "data").rglob("merged/*/python/lent.py"))
            assert shown == f"second|ran|first|{place}"
            assert not place.stat().st_mode & 0o222

    def test_a_deleted_version_goes_on_in_functions(self, make_api, tmp_path):
        source = "import lent\ndef h(event, context):\n    return lent.X\n"
        with LocalFunctionCompute(tmp_path) as fc:
            api = make_api(fc)
            api.create_service()
            arn = published(api)["arnV2"]
            api.create_function(**{**function_fields(m=source), "layers": [arn]})
            api.call("DELETE", "/layers/l/versions/1").raise_for_status()
        with LocalFunctionCompute(tmp_path) as fc:
            api = make_api(fc)

            assert api.invoke().text == "1"

            path = f"/adminlayers/{fc.account_id}/l/versions/1"
            api.call("POST", path).raise_for_status()
            assert_error(api.invoke(), 500, "InternalServerError", "publish it again")


def executable(name: str) -> bytes:
    """Return a zip of a script that prints a word."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, "#!/bin/sh\necho ran\n")
    return buffer.getvalue()
