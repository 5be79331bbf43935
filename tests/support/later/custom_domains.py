"""Rows of custom domains."""

from support.operations import PAGE, PAGE_QUERY, Row

DOMAINS = "/2016-08-15/custom-domains"
DOMAIN = DOMAINS + "/{domainName}"
NAME = "d.example.com"

ROUTES = {"routes": [{"path": "/*", "serviceName": "s", "functionName": "f"}]}
CERTIFICATE = {"certName": "c", "certificate": "PEM", "privateKey": "PEM"}
ARGUMENTS = {
    "protocol": "HTTP,HTTPS",
    "route_config": ROUTES,
    "cert_config": CERTIFICATE,
    "tls_config": {"minVersion": "TLSv1.2"},
    "waf_config": {"enableWAF": False},
}
FIELDS = {
    "protocol": "HTTP,HTTPS",
    "routeConfig": ROUTES,
    "certConfig": CERTIFICATE,
    "tlsConfig": {"minVersion": "TLSv1.2"},
    "wafConfig": {"enableWAF": False},
}
REPLY = {"domainName": NAME, "certConfig": {"certName": "c", "privateKey": None}}

ROWS = [
    Row(
        "CreateCustomDomain",
        lambda client: client.create_custom_domain(NAME, **ARGUMENTS),
        "POST",
        DOMAINS,
        body={"domainName": NAME, **FIELDS},
        reply=REPLY,
    ),
    Row(
        "GetCustomDomain",
        lambda client: client.get_custom_domain(NAME),
        "GET",
        DOMAIN,
        reply=REPLY,
    ),
    Row(
        "UpdateCustomDomain",
        lambda client: client.update_custom_domain(NAME, **ARGUMENTS),
        "PUT",
        DOMAIN,
        body=FIELDS,
        reply=REPLY,
    ),
    Row(
        "DeleteCustomDomain",
        lambda client: client.delete_custom_domain(NAME),
        "DELETE",
        DOMAIN,
    ),
    Row(
        "ListCustomDomains",
        lambda client: client.list_custom_domains(**PAGE),
        "GET",
        DOMAINS,
        query=PAGE_QUERY,
        reply={"customDomains": [REPLY], "nextToken": None},
    ),
]
