"""How a client uploads code to OSS: account, region and endpoint."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from fc_client._call.retries import RetryPolicy
from fc_client._transport.options import Verify
from fc_client.config import normalised
from fc_client.exceptions import ConfigurationError

_VARIABLE = "ALIBABA_CLOUD_OSS_ENDPOINT"
_FC_HOST = re.compile(r"([0-9]+)\.([a-z0-9-]+?)(-internal)?\.fc\.aliyuncs\.com")


class Uploads(NamedTuple):
    """How a client uploads code.

    Attributes:
        endpoint: The endpoint of Function Compute.
        account_id: The account that the client was given; None if the
            endpoint names it.
        timeouts: Seconds to connect, and seconds to wait for a response.
        retry: How often, and after which delays, an upload is repeated.
        verify: How the certificate of OSS is checked, as for a client.
        proxies: As for a client.
    """

    endpoint: str
    account_id: str | None
    timeouts: tuple[float, float]
    retry: RetryPolicy
    verify: Verify = True
    proxies: Mapping[str, str] | None = None

    def account(self) -> str:
        """Return the account, which the keys of objects begin with.

        Raises:
            ConfigurationError: it is not known.
        """
        found = self._host()
        account = self.account_id or (found[1] if found else None)
        if account is None:
            raise ConfigurationError(
                "account_id: is needed to upload large code, since the endpoint "
                f"{self.endpoint} does not name the account"
            )
        return account

    def region(self) -> str | None:
        """Return the region of the endpoint, or None if it does not name one."""
        found = self._host()
        return found[2] if found else None

    def oss_endpoint(self, region: str | None) -> str:
        """Return the endpoint of OSS.

        Raises:
            ConfigurationError: it is not known, or is not a URL.
        """
        given = os.environ.get(_VARIABLE)
        if given:
            return normalised(given)
        if region is None:
            raise ConfigurationError(
                "the endpoint of OSS, which large code is uploaded to, is not known: set the "
                f"environment's {_VARIABLE}, such as https://oss-cn-shanghai.aliyuncs.com"
            )
        found = self._host()
        network = "-internal" if found and found[3] else ""
        return f"https://oss-{region}{network}.aliyuncs.com"

    def _host(self) -> re.Match[str] | None:
        return _FC_HOST.fullmatch(urlsplit(self.endpoint).hostname or "")
