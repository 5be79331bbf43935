"""Credentials where the chain finds them: files in a home directory, replies of a server."""

import json
from pathlib import Path

AK = {
    "name": "default",
    "mode": "AK",
    "access_key_id": "ak-id",
    "access_key_secret": "ak-secret",
    "sts_token": "an old one",
    "region_id": "cn-a",
}
STS = {
    "name": "sts",
    "mode": "StsToken",
    "access_key_id": "STS.id",
    "access_key_secret": "sts-secret",
    "sts_token": "sts-token",
    "region_id": "",
}
ROLE = {"name": "role", "mode": "EcsRamRole", "ram_role_name": "r"}


def write(name, text, mode=0o600):
    """Write a file below the home directory."""
    file = Path.home() / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def aliyun(*profiles, current="default", mode=0o600):
    document = {"current": current, "profiles": profiles, "meta_path": ""}
    return write(".aliyun/config.json", json.dumps(document), mode)


def fcli(text, mode=0o600):
    return write(".fcli/config.yaml", text, mode)


def keys(number=1, **changes):
    """Return a reply with credentials."""
    document = {
        "Code": "Success",
        "AccessKeyId": f"STS.id-{number}",
        "AccessKeySecret": f"secret-{number}",
        "SecurityToken": f"token-{number}",
        "Expiration": "2126-05-08T10:00:00Z",
        **changes,
    }
    body = json.dumps({name: value for name, value in document.items() if value is not None})
    return lambda exchange: exchange.send(200, body.encode())
