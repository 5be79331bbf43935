"""Signs requests to RAM and Log Service by hand, as the tools of the guide do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import quote, urlencode

import requests

TRUST = json.dumps(
    {
        "Statement": [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"Service": ["fc.aliyuncs.com"]},
            }
        ],
        "Version": "1",
    }
)
POLICY = json.dumps(
    {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["a:b"], "Resource": ["*"]}]}
)
INDEX = {
    "keys": {
        "functionName": {
            "token": ["\n", "\t", ";", ",", "=", ":"],
            "caseSensitive": False,
            "type": "text",
            "chn": False,
        }
    }
}


def encoded(text: str) -> str:
    """Encode as the original command line does: as a form, then three exceptions."""
    form = urlencode({"": text})[1:]
    return form.replace("+", "%20").replace("*", "%2A").replace("%7E", "~")


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def custom(policy, **parameters):
    return {"PolicyName": policy, "PolicyType": "Custom", **parameters}


class CloudApi:
    """Sends signed requests to the services beside Function Compute."""

    def __init__(self, endpoint: str, key_id: str, secret: str) -> None:
        self.endpoint = endpoint
        self.key_id = key_id
        self.secret = secret
        self.session = requests.Session()
        self.session.trust_env = False

    def signed(self, method: str, action: str, parameters: dict[str, str]) -> dict[str, str]:
        """Return the parameters of a call with the common ones and the signature."""
        every = {
            "Format": "JSON",
            "Version": "2015-05-01",
            "AccessKeyId": self.key_id,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": str(uuid.uuid4()),
            "Timestamp": now(),
            "Action": action,
            **parameters,
        }
        every = {name: value for name, value in every.items() if value is not None}
        canonical = "&".join(f"{name}={encoded(every[name])}" for name in sorted(every))
        text = f"{method}&%2F&{encoded(canonical)}"
        digest = hmac.new(f"{self.secret}&".encode(), text.encode(), hashlib.sha1).digest()
        return {**every, "Signature": base64.b64encode(digest).decode()}

    def rpc(
        self,
        action: str,
        *,
        method: str = "POST",
        path: str = "/",
        headers: dict[str, str] | None = None,
        **parameters: str | None,
    ) -> requests.Response:
        """Call an action: fcli sends a form, fun sends all in the query."""
        return self.send(self.signed(method, action, parameters), method, path, headers)

    def send(
        self,
        parameters: dict[str, str],
        method: str = "POST",
        path: str = "/",
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        given = {"params" if method == "GET" else "data": parameters}
        return self.session.request(method, self.endpoint + path, headers=headers, **given)

    def log(
        self,
        method: str,
        path: str = "/",
        body: object = None,
        *,
        project: str | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        unsigned: dict[str, str] | None = None,
        scheme: str = "SLS",
        prefix: str = "",
    ) -> requests.Response:
        """Call Log Service as fcli does; the Host header names the project.

        Headers of *unsigned* are added after signing.
        """
        content = b"" if body is None else json.dumps(body).encode()
        host = "cn-shanghai.log.aliyuncs.com"
        every = {
            "x-log-apiversion": "0.6.0",
            "x-log-bodyrawsize": str(len(content)),
            "x-log-signaturemethod": "hmac-sha1",
            "Date": format_datetime(datetime.now(timezone.utc), usegmt=True),
            "Host": f"{project}.{host}" if project else host,
        }
        if content:
            every["Content-Type"] = "application/json"
            every["Content-MD5"] = hashlib.md5(content).hexdigest().upper()
        every.update(headers or {})
        resource = path
        if query:
            resource += "?" + "&".join(f"{name}={query[name]}" for name in sorted(query))
        lines = [
            method,
            every.get("Content-MD5", ""),
            every.get("Content-Type", ""),
            every["Date"],
            *(
                f"{name}:{value}"
                for name, value in sorted(every.items())
                if name.startswith(("x-log-", "x-acs-"))
            ),
            resource,
        ]
        digest = hmac.new(self.secret.encode(), "\n".join(lines).encode(), hashlib.sha1).digest()
        every["Authorization"] = f"{scheme} {self.key_id}:{base64.b64encode(digest).decode()}"
        url = self.endpoint + prefix + quote(path)
        every.update(unsigned or {})
        return self.session.request(method, url, params=query, data=content, headers=every)


def assert_rpc_error(reply: requests.Response, status: int, code: str, *words: str) -> None:
    document = reply.json()
    assert (reply.status_code, document["Code"]) == (status, code)
    assert set(document) == {"RequestId", "HostId", "Code", "Message"}
    for word in words:
        assert word in document["Message"]


def assert_log_error(reply: requests.Response, status: int, code: str, *words: str) -> None:
    document = reply.json()
    assert (reply.status_code, document["errorCode"]) == (status, code)
    assert set(document) == {"errorCode", "errorMessage"}
    assert len(reply.headers["x-log-requestid"]) == 24
    for word in words:
        assert word in document["errorMessage"]
