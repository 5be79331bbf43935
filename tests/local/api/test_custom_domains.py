"""Custom domains: how they are stored, and which function their requests reach."""

import socket

import pytest
from local.http_support import ECHO, add_trigger, create_python, fetch, fetch_signed
from local.support import assert_error

from fc_client.local import LocalFunctionCompute

DOMAINS = "/custom-domains"
REGEX = {"regexRules": [{"match": "(", "replacement": ""}]}


def route(path, function="f", **fields):
    return {"path": path, "serviceName": "s", "functionName": function, **fields}


def create(api, name="www.example.com", *routes, **fields):
    document = {"domainName": name, "routeConfig": {"routes": list(routes)}, **fields}
    return api.call("POST", DOMAINS, document)


class TestStored:
    def test_comes_back_as_it_was_created(self, api, server):
        made = create(api, "www.example.com", route("/*", methods=["GET"]), protocol="HTTP,HTTPS")

        got = api.call("GET", f"{DOMAINS}/www.example.com")
        assert made.json() == got.json()
        assert got.headers["ETag"] == made.headers["ETag"]
        assert got.json()["domainName"] == "www.example.com"
        assert got.json()["accountId"] == server.data.account.account_id
        assert got.json()["apiVersion"] == "2016-08-15"
        assert got.json()["protocol"] == "HTTP,HTTPS"
        assert got.json()["routeConfig"] == {"routes": [route("/*", methods=["GET"])]}
        assert got.json()["createdTime"] == got.json()["lastModifiedTime"]

    def test_has_defaults(self, api):
        made = api.call("POST", DOMAINS, {"DomainName": "WWW.example.com"}).json()

        assert made["domainName"] == "www.example.com"
        assert made["protocol"] == "HTTP"
        assert made["routeConfig"] == {"routes": []}

    def test_never_shows_a_private_key(self, api):
        cert = {"CertName": "c", "PrivateKey": "secret-key", "Certificate": "public"}

        made = create(api, certConfig=cert)
        changed = api.call("PUT", f"{DOMAINS}/www.example.com", {"certConfig": cert})

        for reply in (made, changed, api.call("GET", DOMAINS)):
            assert "secret-key" not in reply.text
        expected = {"certName": "c", "privateKey": None, "certificate": "public"}
        assert made.json()["certConfig"] == changed.json()["certConfig"] == expected

    def test_an_update_replaces_the_routes_and_keeps_the_rest(self, api):
        create(api, "www.example.com", route("/a"), route("/b"), protocol="HTTP,HTTPS")

        changed = api.call(
            "PUT", f"{DOMAINS}/www.example.com", {"routeConfig": {"routes": [route("/c")]}}
        )

        assert changed.json()["routeConfig"] == {"routes": [route("/c")]}
        assert changed.json()["protocol"] == "HTTP,HTTPS"

    def test_is_gone_when_it_was_deleted(self, api):
        create(api)

        deleted = api.call("DELETE", f"{DOMAINS}/www.example.com")

        assert (deleted.status_code, deleted.content) == (204, b"")
        for method in ("GET", "PUT", "DELETE"):
            again = api.call(method, f"{DOMAINS}/www.example.com", {})
            assert_error(again, 404, "DomainNameNotFound", "www.example.com")

    def test_exists_once(self, api):
        create(api)

        assert_error(create(api, "WWW.EXAMPLE.COM"), 409, "DomainNameAlreadyExists")

    def test_is_listed_in_pages(self, api):
        for name in ("c.example", "a.example", "b.test"):
            create(api, name)

        first = api.call("GET", f"{DOMAINS}?limit=2").json()
        rest = api.call("GET", f"{DOMAINS}?nextToken={first['nextToken']}").json()
        some = api.call("GET", f"{DOMAINS}?prefix=b").json()

        names = [each["domainName"] for each in first["customDomains"] + rest["customDomains"]]
        assert names == ["a.example", "b.test", "c.example"]
        assert "nextToken" not in rest
        assert [each["domainName"] for each in some["customDomains"]] == ["b.test"]

    @pytest.mark.parametrize(
        ("fields", "word"),
        [
            ({"domainName": None}, "domainName"),
            ({"domainName": "http://a.example"}, "domainName"),
            ({"domainName": "localhost"}, "domainName"),
            ({"protocol": "FTP"}, "protocol"),
            ({"routeConfig": []}, "routeConfig"),
            ({"routeConfig": {"routes": {}}}, "routes"),
            ({"routeConfig": {"routes": [1]}}, "routes[0]"),
            ({"routeConfig": {"routes": [route("a")]}}, "routes[0].path"),
            ({"routeConfig": {"routes": [route("/a*")]}}, "routes[0].path"),
            ({"routeConfig": {"routes": [route("/a"), route("/", functionName="")]}}, "routes[1]"),
            ({"routeConfig": {"routes": [route("/", serviceName=None)]}}, "serviceName"),
            ({"routeConfig": {"routes": [route("/", methods=["TRACE"])]}}, "methods"),
            ({"routeConfig": {"routes": [route("/", qualifier=1)]}}, "qualifier"),
            ({"routeConfig": {"routes": [route("/")] * 101}}, "100"),
            ({"certConfig": {"certName": "c"}}, "certConfig"),
            ({"certConfig": {"certName": 5, "certificate": "", "privateKey": ""}}, "certConfig"),
            ({"tlsConfig": {"minVersion": 1}}, "tlsConfig"),
            ({"wafConfig": {"enableWAF": "yes"}}, "wafConfig"),
            ({"routeConfig": {"routes": [route("/", rewriteConfig=[])]}}, "rewriteConfig"),
            ({"routeConfig": {"routes": [route("/", rewriteConfig=REGEX)]}}, "regexRules[0].match"),
        ],
    )
    def test_with_a_bad_field_is_refused(self, api, fields, word):
        assert_error(create(api, **fields), 400, "InvalidArgument", word)

    def test_keeps_its_name(self, api):
        create(api)

        reply = api.call("PUT", f"{DOMAINS}/www.example.com", {"domainName": "b.example"})

        assert_error(reply, 400, "InvalidArgument", "cannot be changed")

    def test_needs_a_signature(self, api):
        assert_error(fetch(api, "GET", f"/2016-08-15{DOMAINS}"), 403, "AccessDenied")


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as fc:
        yield fc


@pytest.fixture
def own(function_compute, make_api):
    """Return an API whose server has the functions f and g, which echo."""
    function_compute.reset()
    api = make_api(function_compute)
    for name in ("f", "g"):
        create_python(api, ECHO, name)
        add_trigger(api, name, methods=["GET", "POST"])
    return api


def get(api, path, host="www.example.com", method="GET", **options):
    headers = {"Host": host, **options.pop("headers", {})}
    return fetch(api, method, path, headers=headers, **options)


class TestRouting:
    def test_keeps_the_path_of_the_client(self, own):
        create(own, "www.example.com", route("/shop/*"))

        seen = get(own, "/shop/a%20b?x=1").json()

        assert seen["PATH_INFO"] == "/shop/a b"
        assert seen["fc.request_uri"] == "/shop/a%20b?x=1"
        assert seen["HTTP_HOST"] == "www.example.com"
        assert seen["HTTP_X_FC_BASE_PATH"] == "/"

    def test_rewrites_the_path(self, own):
        rule = {"Match": "/shop/*", "Replacement": "/v1/$1"}
        config = {"wildcardRules": [rule]}
        create(own, "www.example.com", route("/shop/*", rewriteConfig=config))

        seen = get(own, "/shop/a%20b?x=1").json()

        assert seen["PATH_INFO"] == "/v1/a b"
        assert seen["QUERY_STRING"] == "x=1"
        assert seen["fc.request_uri"] == "/shop/a%20b?x=1"

    def test_takes_the_longest_path(self, own, function_compute):
        create(
            own,
            "www.example.com",
            route("/*"),
            route("/a/*", "g"),
            route("/a/b", "f"),
        )

        for path in ("/", "/a", "/a/x", "/a/b", "/a/b/c"):
            get(own, path)

        log_of_g = function_compute.logs("s", "g")
        log_of_f = function_compute.logs("s", "f")
        assert log_of_g.count("Invoke Start") == 2
        assert log_of_f.count("Invoke Start") == 3

    def test_looks_at_methods(self, own):
        create(
            own,
            "www.example.com",
            route("/x", methods=["POST"]),
            route("/*", methods=["GET"]),
        )

        assert get(own, "/x", method="POST").status_code == 200
        assert get(own, "/x").status_code == 200
        assert_error(get(own, "/y", method="POST"), 405, "MethodNotAllowed", "POST")

    def test_of_no_path_is_an_error(self, own):
        create(own, "www.example.com", route("/x"))

        assert_error(get(own, "/y"), 400, "PathNotSupported", "/y")

    def test_to_a_function_that_does_not_exist(self, own):
        create(own, "www.example.com", route("/*", "missing"))

        assert_error(get(own, "/"), 404, "FunctionNotFound", "missing")

    def test_uses_the_trigger_of_the_qualifier(self, own):
        create(own, "www.example.com", route("/*", qualifier="prod"))

        assert_error(get(own, "/"), 404, "AliasNotFound", "prod")

    @pytest.mark.parametrize(
        "host",
        [
            "www.example.com:8080",
            "WWW.Example.com",
            "www.example.com.localhost",
            "www.example.com.localhost:80",
        ],
    )
    def test_finds_the_domain_by_host(self, own, host):
        create(own, "www.example.com", route("/*"))

        assert get(own, "/", host).status_code == 200

    def test_of_an_absolute_url_without_a_path_is_for_the_root(self, own):
        create(own, "www.example.com", route("/"))
        address = own.endpoint.removeprefix("http://").split(":")
        with socket.create_connection(address, timeout=30) as connection:
            head = "GET http://www.example.com?a=1 HTTP/1.1\r\nHost: www.example.com\r\n"
            connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
            reply = b"".join(iter(lambda: connection.recv(65536), b""))

        assert reply.startswith(b"HTTP/1.1 200 ")
        assert b'"PATH_INFO": "/", "QUERY_STRING": "a=1"' in reply

    def test_of_a_domain_below_localhost_needs_no_name_service(self, own):
        create(own, "shop.localhost", route("/*"))

        assert get(own, "/", "shop.localhost").status_code == 200

    def test_lets_web_pages_in(self, own):
        create(own, "www.example.com", route("/*"))
        headers = {"Origin": "http://www.example.com", "Sec-Fetch-Site": "same-origin"}

        assert get(own, "/", headers=headers).status_code == 200

    def test_of_other_names_is_refused(self, own):
        create(own, "www.example.com", route("/*"))

        for host in ("evil.example", "example.com", "a.www.example.com"):
            assert_error(get(own, "/", host), 403, "AccessDenied", "Host")

    def test_does_not_reach_the_api(self, own):
        create(own, "www.example.com", route("/x"))

        reply = get(own, "/2016-08-15/services", headers=own.signed("GET", "/2016-08-15/services"))

        assert_error(reply, 400, "PathNotSupported")

    def test_signs_the_path_of_the_client(self, own):
        own.call(
            "PUT",
            "/services/s/functions/f/triggers/http",
            {"triggerConfig": {"authType": "function", "methods": ["GET"]}},
        )
        config = {"equalRules": [{"match": "/a/b", "replacement": "/c"}]}
        create(own, "www.example.com", route("/*", rewriteConfig=config))

        signed = fetch_signed(own, "GET", "/a/b", {"q": ["1"]}, headers={"Host": "www.example.com"})

        assert signed.json()["PATH_INFO"] == "/c"
        assert signed.json()["QUERY_STRING"] == "q=1"
        assert_error(get(own, "/a/b?q=1"), 403, "AccessDenied")
