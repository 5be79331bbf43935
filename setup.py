import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

VERSION = re.search(
    r'__version__ = "(.+)"', (HERE / "fc_client" / "_version.py").read_text(encoding="utf-8")
).group(1)

# 3.11 is the first version whose own retries can be switched off.
ASYNC = ["aiohttp>=3.12"]

LOCAL = [*ASYNC, "cronsim>=2.7", "psutil>=5.9.8"]

# The official clients of RAM and Log Service, for fc_client.cloud.
CLOUD = ["alibabacloud-ram20150501>=1.3.0", "alibabacloud-sls20201230>=5.15.0"]

# The official client of OSS, for code that is too large for a request.
OSS = ["oss2>=2.19.1"]

# WebSockets of Client; AsyncClient has those of aiohttp.
EXEC = ["websocket-client>=1.9.2"]

FCLI = [
    *CLOUD,
    *EXEC,
    "click>=8.2.1",
    "jmespath>=1",
    "prompt_toolkit>=3.0.36",
    "pyyaml>=6",
    "rich>=13.9.4",
]

# The official client of API Gateway, for fc_client.cloud.
GATEWAY = ["alibabacloud-cloudapi20160714>=4.9.0"]

# fun runs commands of fcli. docs/faas.schema.json is as pydantic writes it since 2.12.
FUN = [*FCLI, *GATEWAY, "pydantic>=2.12"]

DEV = [
    *LOCAL,
    *FUN,
    *OSS,
    *EXEC,
    # Runs FastAPI as WSGI, as HTTP functions in Python need it.
    "a2wsgi>=1.10",
    # The official SDK, for the interop tests.
    "aliyun-fc2==2.5.2",
    # A plugin of pytest, which applications use as pytest-asyncio.
    "anyio>=4.6",
    # Checkers are pinned: a new version may report what an old one accepted.
    "codespell[toml]==2.4.3",
    # 7.10 can measure processes that tests start.
    "coverage>=7.10",
    # Web frameworks that HTTP functions are written with: this, FastAPI and Flask.
    "django>=5.2",
    "docutils>=0.20",
    # The service among the examples; httpx2 is what FastAPI's test client uses.
    "fastapi>=0.120",
    "flask>=3",
    # What tests of applications use, and the embedded server has to bear.
    "freezegun>=1.5",
    "gevent>=24.10",
    # Fakes and recorders of replies, which users install; wrapt is under most tracers.
    "httpretty>=1.1.4",
    "httpx>=0.27",
    "httpx2>=2",
    "hypothesis>=6.100",
    "mypy==2.4.1",
    # Instrumentation of requests and aiohttp, which users install.
    "opentelemetry-instrumentation-aiohttp-client",
    "opentelemetry-instrumentation-requests",
    "opentelemetry-sdk",
    # Judges the patterns of ignore files, beside git.
    "pathspec>=0.12",
    # A terminal for the tests of fcli's shell.
    "pexpect>=4.9",
    "pre-commit>=4",
    # For SOCKS proxies.
    "PySocks>=1.7.1",
    "pytest>=8",
    "pytest-asyncio>=1.0",
    "pytest-cov>=5",
    "pytest-randomly>=3.15",
    "pytest-rerunfailures>=16.7",
    "pytest-xdist>=3.6.1",
    "requests-mock>=1.11",
    "responses>=0.25",
    # Also formats the generated operations of AsyncClient.
    "ruff==0.17.6",
    # 4.30.1 is the last version for Python 3.10.
    "schemathesis>=4.30.1",
    "time-machine>=2.16",
    "tox>=4",
    # Certificates for the TLS tests; 1.2 can set their dates.
    "trustme>=1.2",
    "types-docutils",
    "types-jmespath",
    "types-psutil",
    "types-PyYAML",
    "types-python-dateutil",
    "types-requests",
    "uvicorn>=0.30",
    "vcrpy>=6",
    "wrapt",
]

BENCH = [*LOCAL, "aliyun-fc2==2.5.2", "httpx>=0.27", "matplotlib>=3.8", "trustme>=1.2"]

setup(
    name="aliyun-fc-client",
    version=VERSION,
    description="The Python SDK for Alibaba Cloud Function Compute, with an embedded server",
    long_description=(HERE / "README.rst").read_text(encoding="utf-8"),
    long_description_content_type="text/x-rst",
    license="MIT",
    packages=find_packages(include=["fc_client", "fc_client.*"]),
    package_data={
        "fc_client": [
            "py.typed",
            "local/execution/runtimes/custom/*.py",
            "local/execution/runtimes/nodejs/*.js",
            "local/execution/runtimes/python3/*.py",
        ]
    },
    python_requires=">=3.10",
    install_requires=["crcmod>=1.7", "python-dateutil>=2.8.2", "requests>=2.32.3"],
    extras_require={
        "async": ASYNC,
        "exec": EXEC,
        "local": LOCAL,
        "oss": OSS,
        "fcli": FCLI,
        "fun": FUN,
        "dev": DEV,
        "bench": BENCH,
    },
    entry_points={
        "console_scripts": [
            "fc-local=fc_client._scripts:fc_local",
            "fcli=fc_client._scripts:fcli",
            "fun=fc_client._scripts:fun",
        ],
        "pytest11": ["fc_client=fc_client.pytest_plugin"],
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Typing :: Typed",
    ],
)
