"""Runs scripts with the official Node SDKs against the embedded Function Compute."""

import json
import os
import shutil
import subprocess

import pytest

# In CI a machine without Node.js is a failure: the tests then say so.
needs_node = pytest.mark.skipif(
    shutil.which("npm") is None and "CI" not in os.environ, reason="Node.js is not installed"
)


def printed_by(script, *arguments, function_compute, **variables):
    """Run a script that prints one JSON object, with the variables of a server, and return it."""
    done = subprocess.run(
        ["node", script, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "ACCOUNT_ID": function_compute.account_id,
            "FC_ENDPOINT": function_compute.endpoint,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": function_compute.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": function_compute.access_key_secret,
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
