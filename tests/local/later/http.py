"""Cases of custom domains and HTTP functions."""

import requests
from local.http_support import ALL_METHODS, ECHO
from local.later.support import create_function, fails, is_recent, listed, names, same
from local.support import zipped

from fc_client import Code

ROUTES = [
    {"path": "/v1/*", "serviceName": "s", "functionName": "f", "qualifier": "1"},
    {"path": "/*", "serviceName": "s", "functionName": "f"},
]


def create_echo(client, auth="function"):
    """Create an HTTP function that returns what it gets, as LATEST and as version 1."""
    create_function(client, code=Code.from_zip(zipped(m=ECHO)))
    client.publish_service_version("s")
    config = {"authType": auth, "methods": ALL_METHODS}
    for name, qualifier in {"latest": None, "one": "1"}.items():
        client.create_trigger(
            "s", "f", name, trigger_type="http", trigger_config=config, qualifier=qualifier
        )


def _domain(client):
    return client.create_custom_domain(
        "www.example.com", protocol="HTTP", route_config={"routes": ROUTES}
    )


def create_custom_domain(world):
    domain = _domain(world.client)

    assert (domain.domain_name, domain.protocol) == ("www.example.com", "HTTP")
    assert domain.account_id == world.server.account_id
    assert domain.api_version == "2016-08-15"
    seen = [(route["path"], route["functionName"]) for route in domain.route_config["routes"]]
    assert seen == [("/v1/*", "f"), ("/*", "f")]
    assert domain.route_config["routes"][0]["qualifier"] == "1"
    assert is_recent(domain.created_time)
    assert domain.request_id
    fails("DomainNameAlreadyExists", _domain, world.client)


def get_custom_domain(world):
    made = _domain(world.client)

    domain = world.client.get_custom_domain("www.example.com")

    same(made, domain, "domain_name", "protocol", "route_config", "created_time", "etag")


def update_custom_domain(world):
    made = _domain(world.client)
    certificate = {"certName": "c", "certificate": "public", "privateKey": "private"}

    domain = world.client.update_custom_domain(
        "www.example.com",
        protocol="HTTP,HTTPS",
        route_config={"routes": ROUTES[1:]},
        cert_config=certificate,
    )

    same(made, domain, "domain_name", "created_time")
    assert domain.protocol == "HTTP,HTTPS"
    assert [route["path"] for route in domain.route_config["routes"]] == ["/*"]
    assert domain.cert_config["certName"] == "c"
    assert domain.raw["certConfig"]["privateKey"] is None


def delete_custom_domain(world):
    _domain(world.client)

    assert world.client.delete_custom_domain("www.example.com") is None

    fails("DomainNameNotFound", world.client.get_custom_domain, "www.example.com")


def list_custom_domains(world):
    client = world.client
    for name in ("api.example.com", "api.example.net", "www.example.com"):
        client.create_custom_domain(name)

    domains = listed(client, "custom_domains", by="domain_name")

    assert [each.protocol for each in domains] == ["HTTP"] * 3
    assert names(client, "custom_domains", by="domain_name", prefix="api.") == [
        "api.example.com",
        "api.example.net",
    ]
    assert names(client, "custom_domains", by="domain_name", start_key="api.example.net") == [
        "api.example.net",
        "www.example.com",
    ]


def call_function(world):
    client = world.client
    create_echo(client)

    reply = client.request(
        "PUT", "s", "f", "/a b/\N{SNOWMAN}", params={"x": ["2", "1"]}, json={"a": 1}
    )
    with client.stream("POST", "s", "f", "/v", qualifier="1", body=iter([b"a", b"b"])) as stream:
        seen = (stream.status_code, b"".join(stream.chunks))

    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json()["PATH_INFO"].encode("latin-1").decode() == "/a b/\N{SNOWMAN}"
    assert (reply.json()["QUERY_STRING"], reply.json()["body"]) == ("x=2&x=1", '{"a": 1}')
    assert (seen[0], b'"body": "ab"' in seen[1]) == (200, True)
    fails("AccessDenied", client.request, "GET", "s", "f", auth=False)
    fails("VersionNotFound", client.request, "GET", "s", "f", qualifier="77")


def call_function_by_domain(world):
    create_echo(world.client)
    _domain(world.client)
    # Its name leads to no server, so the server is called as a proxy is.
    with world.new_client(proxies={"http": world.server.endpoint}) as client:
        for path in ("/a b", "/v1/x"):
            reply = client.request("POST", path=path, domain="http://www.example.com", body=b"x")
            assert (reply.json()["PATH_INFO"], reply.json()["body"]) == (path, "x")
        with client.stream("GET", path="/y", domain="http://www.example.com") as stream:
            assert b'"PATH_INFO": "/y"' in stream.read()
        by_domain = {"path": "/", "domain": "http://www.example.com"}
        fails("AccessDenied", client.request, "GET", **by_domain, auth=False)


def presign(world):
    create_echo(world.client)

    url = world.client.presign("GET", "s", "f", "/q", params={"z": "1 2"}, expires_in=60)
    of_version = world.client.presign("GET", "s", "f", "/", qualifier="1")

    seen = requests.get(url, timeout=20).json()
    assert (seen["PATH_INFO"], seen["QUERY_STRING"].partition("&")[0]) == ("/q", "z=1%202")
    assert requests.get(of_version, timeout=20).status_code == 200
    assert requests.post(url, timeout=20).status_code == 403
    assert requests.get(url + "1", timeout=20).status_code == 403


CASES = {
    "CreateCustomDomain": create_custom_domain,
    "GetCustomDomain": get_custom_domain,
    "UpdateCustomDomain": update_custom_domain,
    "DeleteCustomDomain": delete_custom_domain,
    "ListCustomDomains": list_custom_domains,
    "HTTPInvokeFunction": call_function,
    "HTTPInvokeFunctionByDomain": call_function_by_domain,
    "PresignedHTTPInvokeURL": presign,
}
