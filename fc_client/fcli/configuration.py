"""Settings of a command: from options, environment and files, each with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fc_client._redaction import as_secret
from fc_client.credentials import Credentials
from fc_client.exceptions import ConfigurationError
from fc_client.fcli import config_file
from fc_client.fcli.options import CommonOptions

__all__ = ["HOW_TO_START", "SECRET_KEYS", "Configuration", "Value", "load"]

HOW_TO_START = (
    "start a local server with 'fc-local' and run the export lines that it prints, or configure "
    "the cloud with 'fcli config --endpoint https://ACCOUNT_ID.REGION.fc.aliyuncs.com "
    "--access-key-id ID --access-key-secret SECRET'"
)

SECRET_KEYS = ("access_key_secret", "security_token")
_KEY_ID, _KEY_SECRET, _TOKEN = "access_key_id", "access_key_secret", "security_token"

_PROFILE = "FCLI_PROFILE"
_VARIABLES = {
    "endpoint": ("FC_ENDPOINT",),
    _KEY_ID: ("ALIBABA_CLOUD_ACCESS_KEY_ID",),
    _KEY_SECRET: ("ALIBABA_CLOUD_ACCESS_KEY_SECRET",),
    _TOKEN: ("ALIBABA_CLOUD_SECURITY_TOKEN",),
    "ram_endpoint": ("ALIBABA_CLOUD_RAM_ENDPOINT",),
    "sls_endpoint": ("ALIBABA_CLOUD_SLS_ENDPOINT",),
}
_ACCOUNTS = ("ALIBABA_CLOUD_ACCOUNT_ID",)
_REGIONS = ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_DEFAULT_REGION")
_KEYS = (_KEY_ID, _KEY_SECRET, _TOKEN)
_TRUE = {"true": True, "false": False}


@dataclass(frozen=True)
class Value:
    """A setting and where it comes from."""

    text: str
    source: str


@dataclass(frozen=True)
class Configuration:
    """The settings of a command.

    Attributes:
        path: The configuration file, which may not exist.
        values: The settings, by the names that they have in the file.
    """

    path: Path
    values: Mapping[str, Value]

    def get(self, key: str) -> str | None:
        """Return a setting, or None."""
        value = self.values.get(key)
        return None if value is None else value.text

    @property
    def credentials(self) -> Credentials | None:
        """The access key, or None if neither options, environment nor file have one."""
        key_id, secret, token = (self.get(key) for key in _KEYS)
        if key_id is None and secret is None:
            return None
        if not key_id or not secret:
            missing = _KEY_SECRET if key_id else _KEY_ID
            source = self.values[_KEY_ID if key_id else _KEY_SECRET].source
            raise ConfigurationError(
                f"{source}: has no {missing}; set key ID and secret in the same place"
            )
        return Credentials(key_id, secret, token)

    @property
    def timeout(self) -> float | None:
        """The timeout in seconds, or None."""
        value = self.values.get("timeout")
        if value is None:
            return None
        try:
            seconds = float(value.text)
        except ValueError:
            seconds = 0
        if not 0 < seconds <= 1e9:
            raise ConfigurationError(
                f"{value.source}: timeout must be a number of seconds above 0, got {value.text!r}"
            )
        return seconds

    @property
    def debug(self) -> bool:
        """Whether requests are shown."""
        value = self.values.get("debug")
        if value is not None and value.text.lower() not in _TRUE:
            raise ConfigurationError(
                f"{value.source}: debug must be true or false, got {value.text!r}"
            )
        return value is not None and _TRUE[value.text.lower()]


def load(options: CommonOptions, environ: Mapping[str, str]) -> Configuration:
    """Return the settings: options first, then the environment, then the file.

    A file that an option names counts as an option, so that ``--profile prod``
    means prod whatever the environment has.

    Args:
        options: The common options of the command.
        environ: The environment.

    Raises:
        ConfigurationError: a file that is asked for does not exist, or cannot
            be read.
    """
    path, is_chosen = _path(options, environ)
    stored = config_file.read(path)
    if stored is None and is_chosen:
        raise ConfigurationError(f"{path}: no such file; create it with 'fcli config'")
    file = {
        key: Value(as_secret(text) if key in SECRET_KEYS else text, f"file {path}")
        for key, text in (stored or {}).items()
        if key in config_file.KEYS and text
    }
    environment = _from_environment(environ)
    by_option = options.profile is not None or options.config is not None
    layers = [_from_options(options), *([file, environment] if by_option else [environment, file])]
    return Configuration(path, _merged(layers))


def _path(options: CommonOptions, environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Return the configuration file, and whether it must exist."""
    if options.profile is not None and options.config is not None:
        raise ConfigurationError("--profile and --config cannot be used together; pass one of them")
    if options.config is not None:
        return Path(options.config), True
    profile = options.profile if options.profile is not None else environ.get(_PROFILE)
    if profile:
        return config_file.profile_path(profile), True
    return config_file.directory() / "config.yaml", False


def target_path(options: CommonOptions, environ: Mapping[str, str]) -> Path:
    """Return the file that ``fcli config`` writes."""
    return _path(options, environ)[0]


def _from_options(options: CommonOptions) -> dict[str, Value]:
    given = {
        "endpoint": options.endpoint,
        _KEY_ID: options.access_key_id,
        _KEY_SECRET: as_secret(options.access_key_secret),
        _TOKEN: as_secret(options.security_token),
        "ram_endpoint": options.ram_endpoint,
        "sls_endpoint": options.sls_endpoint,
        "timeout": None if options.request_timeout is None else str(options.request_timeout),
        "debug": "true" if options.debug else None,
    }
    names = {"timeout": "request-timeout"}
    return {
        key: Value(text, f"option --{names.get(key, key.replace('_', '-'))}")
        for key, text in given.items()
        if text is not None
    }


def _from_environment(environ: Mapping[str, str]) -> dict[str, Value]:
    values = {
        key: Value(
            as_secret(environ[name]) if key in SECRET_KEYS else environ[name], f"environment {name}"
        )
        for key, names in _VARIABLES.items()
        for name in names
        if environ.get(name)
    }
    account, region = (
        next((name for name in names if environ.get(name)), None) for names in (_ACCOUNTS, _REGIONS)
    )
    if "endpoint" not in values and account and region:
        url = f"https://{environ[account]}.{environ[region]}.fc.aliyuncs.com"
        values["endpoint"] = Value(url, f"environment {account} and {region}")
    return values


def _merged(layers: list[dict[str, Value]]) -> dict[str, Value]:
    """Return the first value of each key; an access key comes from one layer as a whole."""
    merged: dict[str, Value] = {}
    for layer in layers:
        has_key = _KEY_ID in merged or _KEY_SECRET in merged
        for key, value in layer.items():
            if not (key in _KEYS and has_key):
                merged.setdefault(key, value)
    return merged
