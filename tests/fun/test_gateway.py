"""The role, groups and apis in front of functions, and their URLs."""

import json
import re

import pytest
import requests
from fun.serving import fetched
from fun.support import FAAS, FILES, done, run, write

from fc_client.cloud import GatewayClient, RamClient, trust_document
from fc_client.credentials import Credentials

# Answers with the event, so that tests see what the gateway sends.
ECHO = """\
exports.index = exports.get = exports.post = (event, context, callback) => callback(null, {
  isBase64Encoded: false, statusCode: 200, headers: {}, body: event.toString(),
});
"""


@pytest.fixture
def root(folder, server):
    """Return the current folder, with the files that those of FAAS name."""
    write(folder, dict.fromkeys(FILES, "x") | {"greeting.js": ECHO, "chatbot.js": ECHO})
    assert server
    return folder


@pytest.fixture
def gateway(server):
    return GatewayClient(server.endpoint, Credentials("testkeyid", "testsecret"))


@pytest.fixture
def ram(server):
    return RamClient(server.endpoint, Credentials("testkeyid", "testsecret"))


def use(name, root, *replacements):
    text = (FAAS / name).read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    write(root, {"faas.yml": text})


def urls(result):
    return re.findall(r"URL: \w+ (\S+)", result.out)


def apis(gateway, group):
    found = gateway.find_group(group)
    return [each.name for each in gateway.iter_apis(found.group_id)]


class TestDeploy:
    def test_output_is_the_guides(self, root):
        use("r01-hello.yml", root)
        lines = done("deploy").out.splitlines()
        assert lines[3] == "API gateway(cn-hangzhou):"
        assert re.fullmatch(r"    URL: GET http://\S+/greeting", lines[7])
        assert lines[8] == "        => cn-shanghai/svc/greeting"
        assert re.fullmatch(r"        stage: RELEASE, deployed, version: \d{17}", lines[9])

    def test_url_works(self, root):
        use("r01-hello.yml", root)
        [url] = urls(done("deploy"))
        response = fetched(url)
        assert response.status_code == 200
        assert response.json()["path"] == "/greeting"

    def test_again_changes_nothing(self, root):
        use("r04-same-path-two-methods-parameters.yaml", root)
        first = done("deploy")
        second = done("deploy")
        assert second.err == "7 unchanged\n"
        assert urls(second) == urls(first)
        titles = [line.strip() for line in second.out.splitlines() if "unchanged." in line]
        assert titles[-1] == "api chatbot_post unchanged."

    def test_parameters_are_passed(self, root):
        use("r04-same-path-two-methods-parameters.yaml", root)
        get, post = urls(done("deploy"))
        event = fetched(get, params={"stamp": "1", "other": "2"}).json()
        assert event["queryParameters"] == {"stamp": "1"}
        assert fetched(get).status_code == 400
        event = requests.post(post, params={"stamp": "1"}, data=b"\xff", timeout=30).json()
        assert (event["body"], event["isBase64Encoded"]) == ("/w==", True)

    def test_a_name_that_is_part_of_another_is_another_api(self, root, gateway):
        use("d17-api-name-is-part-of-another.yml", root)
        done("deploy")
        done("deploy")
        assert sorted(apis(gateway, "grp_svc")) == ["hello", "hello_world"]

    def test_openid(self, root, gateway):
        use("r08-openid-path-parameter.yml", root)
        done("deploy")
        api = gateway.find_api(gateway.find_group("oidcdemo2").group_id, "whoami")
        assert api.definition.visibility == "PRIVATE"
        assert api.definition.openid.token_parameter == "token"
        assert done("deploy").err == "5 unchanged\n"

    def test_group_without_a_description(self, root, gateway):
        use("d13-group-without-description-odd-endpoint.yml", root)
        done("deploy")
        assert gateway.find_group("grp_svc").description == ""

    def test_group_beyond_the_first_page(self, root, gateway):
        for number in range(12):
            gateway.create_group(f"grp_{number}", description="d")
        gateway.create_group("grp_svc", description="Gateway & Functions")
        use("r01-hello.yml", root)
        assert "group grp_svc unchanged." in done("deploy").out

    def test_constants_and_system_parameters(self, root):
        more = (
            "\n          constant_parameters: [{name: X-Team, value: 007}]"
            "\n          system_parameters: [{name: CaClientIp, service_name: X-Ip}]"
        )
        use("r01-hello.yml", root)
        write(root, {"faas.yml": (root / "faas.yml").read_text() + more})
        [url] = urls(done("deploy"))
        headers = fetched(url).json()["headers"]
        assert (headers["X-Team"], headers["X-Ip"]) == ("007", "127.0.0.1")
        assert done("deploy").err == "5 unchanged\n"

    def test_gateway_alone(self, root):
        text = (FAAS / "r01-hello.yml").read_text(encoding="utf-8")
        write(root, {"faas.yml": text[text.index("api-gateway") :]})
        assert done("deploy").err == "3 created\n"


# Of the api of r01-hello.yml.
RENAMED = ("name: 'greeting'\n          method", "name: 'hello'\n          method")


class TestDefaults:
    def test_are_shown(self, root):
        use("r01-hello.yml", root, ("method: 'GET'\n", "parameters: [{name: q}]\n"))
        lines = [line.strip() for line in done("deploy", "--dry-run").out.splitlines()]
        assert (
            "api greeting would be created. (by default: description 'The awesome api', "
            "method GET, visibility PUBLIC, auth_type ANONYMOUS, request_mode MAPPING, "
            "protocol HTTP, timeout 3, resultType TEXT, resultSample 'result sample', "
            "parameters.q.location Query, parameters.q.type String, "
            "parameters.q.required OPTIONAL)"
        ) in lines

    def test_of_role_and_group(self, root):
        use("d13-group-without-description-odd-endpoint.yml", root)
        out = done("deploy").out
        assert "role apigatewayAccessFC ok. (created; by default: name apigatewayAccessFC)" in out
        assert "ok. (created; by default: description empty)" in out
        assert "by default" not in done("deploy").out

    def test_of_openid(self, root):
        use("r01-hello.yml", root, ("method: 'GET'\n", "auth_type: OPENID\n"))
        assert "openid_connect_config.id_token_param_name token" in done("deploy").out


class TestRenamed:
    def test_api_in_the_way_is_named(self, root, gateway):
        use("r01-hello.yml", root)
        done("deploy")
        use("r01-hello.yml", root, RENAMED)
        result = run("deploy")
        assert result.code == 1
        assert "api greeting of the group has GET /greeting already; pass --replace" in result.err
        assert apis(gateway, "grp_svc") == ["greeting"]

    def test_api_in_the_way_is_replaced_if_asked(self, root, gateway):
        use("r01-hello.yml", root)
        [url] = urls(done("deploy"))
        use("r01-hello.yml", root, RENAMED)
        assert urls(done("deploy", "--replace")) == [url]
        assert apis(gateway, "grp_svc") == ["hello"]
        assert fetched(url).status_code == 200


class TestStages:
    def test_are_deployed_one_by_one(self, root):
        use("r01-hello.yml", root)
        done("deploy")
        assert "+ stage: TEST" in done("diff", "TEST").out
        [url] = urls(done("deploy", "TEST"))
        for stage, status in (("TEST", 200), ("PRE", 400)):
            response = fetched(url, headers={"X-Ca-Stage": stage})
            assert response.status_code // 100 == status // 100

    def test_a_change_is_deployed_where_it_is_asked_for(self, root):
        use("r01-hello.yml", root)
        done("deploy")
        done("deploy", "TEST")
        use("r01-hello.yml", root, ("'GET'", "'GET'\n          timeout: 9"))
        assert "~ timeout: 3 -> 9" in done("diff").out
        done("deploy", "TEST")
        assert "~ timeout: 3 -> 9 (in stage RELEASE)" in done("diff").out
        assert done("deploy").err == "1 updated, 4 unchanged\n"
        assert done("deploy").err == "5 unchanged\n"


class TestDiff:
    MORE = (
        "\n          parameters: [{name: token, type: Int, default: 1}, {name: q}]"
        "\n          constant_parameters: [{name: X-Team, value: a}, {name: X-Key-Token, value: b}]"
    )

    @pytest.fixture
    def deployed(self, root):
        use("r01-hello.yml", root, ("'GET'", f"'GET'{self.MORE}"))
        done("deploy")
        return root

    @pytest.mark.parametrize(
        ("old", "new", "line"),
        [
            ("{name: q}", "{name: q, required: true}", "~ parameters.q.required: false -> true"),
            ("type: Int", "type: Long", '~ parameters.token.type: "Int" -> "Long"'),
            ("default: 1", "default: 2", "~ parameters.token.default: *** -> ***"),
            ("{name: q}", "{name: q, default: 2}", '+ parameters.q.default: "2"'),
            ("{name: q}", "{name: r}", '+ parameters.r.location: "Query"'),
            ("{name: q}", "{name: r}", '- parameters.q.location: "Query"'),
            ("value: a", "value: c", '~ constants.X-Team.value: "a" -> "c"'),
            ("value: b", "value: c", "~ constants.X-Key-Token.value: *** -> ***"),
            ("'GET'", "'HEAD'", '~ method: "GET" -> "HEAD"'),
        ],
    )
    def test_shows_what_differs_in_an_api(self, deployed, old, new, line):
        write(deployed, {"faas.yml": (deployed / "faas.yml").read_text().replace(old, new)})
        assert f"        {line}\n" in done("diff").out
        done("deploy")
        assert done("diff").err == "5 unchanged\n"

    def test_shows_another_order_of_parameters(self, deployed):
        text = (deployed / "faas.yml").read_text()
        first = "{name: token, type: Int, default: 1}"
        other = text.replace(f"{first}, {{name: q}}", f"{{name: q}}, {first}")
        write(deployed, {"faas.yml": other})
        assert "~ parameters: in another order\n" in done("diff").out
        done("deploy")
        assert done("diff").err == "5 unchanged\n"

    def test_of_a_new_api_shows_its_settings(self, root):
        use("r01-hello.yml", root)
        shown = done("diff").out
        assert '        + path: "/greeting"\n' in shown
        assert "body_format" not in shown

    def test_shows_the_arn_that_a_role_gets(self, root, server, monkeypatch):
        use("d13-group-without-description-odd-endpoint.yml", root)
        arn = f"acs:ram::{server.account_id}:role/apigatewayaccessfc"
        shown = done("diff").out
        assert f"        + arn: {arn}\n" in shown
        assert f'        + role: "{arn}"\n' in shown
        # The one of the file is not that of the server.
        monkeypatch.delenv("ACCOUNT_ID")
        monkeypatch.delenv("ALIBABA_CLOUD_ACCOUNT_ID")
        assert '        + role: "(to be created)"\n' in done("diff").out

    def test_role_that_was_deleted_is_no_change_of_the_api(self, deployed, ram):
        assert deployed
        policy, role = "AliyunFCInvocationAccess", "apigatewayAccessFC"
        ram.detach_policy_from_role(policy, role, policy_type="System")
        ram.delete_role(role)
        shown = done("diff")
        assert "role apigatewayAccessFC would be created." in shown.out
        assert "api greeting unchanged." in shown.out

    def test_shows_another_role(self, deployed):
        text = (deployed / "faas.yml").read_text()
        write(deployed, {"faas.yml": f"role: {{name: other}}\n{text}"})
        done("deploy")
        write(deployed, {"faas.yml": text})
        assert re.search(r"~ role: \S+/other\S -> \S+/apigatewayaccessfc\S\n", done("diff").out)


class TestRole:
    def test_is_created_with_the_rights_to_invoke(self, root, ram):
        use("r01-hello.yml", root)
        done("deploy")
        role = ram.get_role("apigatewayAccessFC")
        assert role.trust_document == trust_document("apigateway.aliyuncs.com")
        names = [policy.name for policy in ram.list_policies_for_role("apigatewayAccessFC")]
        assert names == ["AliyunFCInvocationAccess"]

    def test_that_exists_gets_the_right_that_it_lacks(self, root, ram):
        ram.create_role("other", trust_document=trust_document("apigateway.aliyuncs.com"))
        use("r01-hello.yml", root)
        write(root, {"faas.yml": "role: {name: other}\n" + (root / "faas.yml").read_text()})
        assert "role other ok. (updated)" in done("deploy").out

    def test_that_trusts_others_is_left_alone(self, root, ram):
        ram.create_role("apigatewayAccessFC", trust_document=trust_document("fc.aliyuncs.com"))
        use("r01-hello.yml", root)
        result = run("deploy")
        assert result.code == 1
        assert "Error: role apigatewayAccessFC: " in result.err
        assert "does not let apigateway.aliyuncs.com assume it; add a statement" in result.err
        # The group is created at the same time as the role.
        (not_done,) = re.findall("Not done: .*", result.err)
        assert "api grp_svc/greeting" in not_done
        assert ram.list_policies_for_role("apigatewayAccessFC") == []


class TestTwoGroupsOfAName:
    @pytest.mark.parametrize("argv", [("deploy",), ("diff",), ("info",), ("remove", "--yes")])
    def test_none_is_changed(self, root, gateway, argv):
        use("r01-hello.yml", root)
        ids = [gateway.create_group("grp_svc").group_id for _ in range(2)]
        result = run(*argv)
        assert result.code == 1
        assert "2 groups have the name 'grp_svc'" in result.err
        assert all(each in result.err for each in ids)
        assert "delete or rename all but one of them" in result.err
        assert [len(list(gateway.iter_apis(each))) for each in ids] == [0, 0]


def test_endpoints_without_tls_are_warnings(root, monkeypatch):
    monkeypatch.delenv("ALIBABA_CLOUD_APIGATEWAY_ENDPOINT")
    monkeypatch.setenv("ALIBABA_CLOUD_RAM_ENDPOINT", "http://ram.test:1")
    monkeypatch.setenv("FC_ENDPOINT", "http://fc.test:1")
    use("r01-hello.yml", root)
    result = run("deploy")
    assert result.code == 3
    for endpoint in ("fc.test:1", "ram.test:1", "apigateway.cn-hangzhou.aliyuncs.com"):
        assert f"Warning: http://{endpoint} is not encrypted" in result.err


@pytest.mark.parametrize(
    ("endpoints", "message"),
    [
        ({"FC_ENDPOINT": "https://fc.test:1"}, "API gateway is called at http://127.0.0.1:"),
        ({"ALIBABA_CLOUD_RAM_ENDPOINT": "https://ram.test"}, "RAM is called at https://ram.test"),
    ],
)
def test_servers_here_and_in_the_cloud_are_not_mixed(root, monkeypatch, endpoints, message):
    for name, value in endpoints.items():
        monkeypatch.setenv(name, value)
    use("r01-hello.yml", root)
    result = run("deploy")
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_events_are_as_the_gateway_sends_them(root):
    use("r01-hello.yml", root)
    [url] = urls(done("deploy"))
    event = json.loads(fetched(url).text)
    assert sorted(event) == sorted(
        ["path", "httpMethod", "headers", "queryParameters", "pathParameters", "body",
         "isBase64Encoded"]
    )  # fmt: skip
