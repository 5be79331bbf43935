"""The files of a new project, which deploys as it is."""

from __future__ import annotations

import re

from fc_client.helper import source

__all__ = ["LANGUAGES", "project_files"]

LANGUAGES = ("nodejs", "python")

_FUNCTIONS = """\
# What to deploy: 'fun local' runs it on this machine, 'fun deploy' in the cloud.
# The account comes from the environment: ACCOUNT_ID, ACCESS_KEY_ID, ACCESS_KEY_SECRET.
function-compute:
  region: cn-shanghai
  services:
    - name: {name}
      description: A project of fun
      functions:
        - name: hello
          description: Says hello
          runtime: {runtime}
          # File and function.
          handler: hello.handler
          # The files of the function: names, folders, patterns such as lib/**/*.js.
          codes:
{codes}
"""

_GATEWAY = """\

# The URLs at which functions are called.
api-gateway:
  endpoint: https://apigateway.cn-shanghai.aliyuncs.com
  groups:
    - name: {group}
      description: Calls the functions of {name}
      apis:
        - name: hello
          method: GET
          path: /hello
          function: cn-shanghai/{name}/hello
          parameters:
            - name: name
              location: Query
"""

_NODEJS = """\
'use strict';

// Called with an event; callback(error, result) answers.
exports.handler = (event, context, callback) => {
  callback(null, `Hello ${event.toString() || 'world'}!\\n`);
};
"""

_NODEJS_GATEWAY = """\
'use strict';

// Called by the API gateway: the event is a request as JSON, the result a response.
exports.handler = (event, context, callback) => {
  const request = JSON.parse(event.toString());
  callback(null, {
    isBase64Encoded: false,
    statusCode: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: `Hello ${request.queryParameters.name || 'world'}!\\n`,
  });
};
"""

_PYTHON = '''\
"""Says hello."""


def handler(event, context):
    """Answer an event, which is bytes."""
    return f"Hello {event.decode() or 'world'}!\\n"
'''

_PYTHON_GATEWAY = '''\
"""Says hello."""

import json


def handler(event, context):
    """Answer a request of the API gateway: the event is the request as JSON."""
    request = json.loads(event)
    name = request["queryParameters"].get("name", "world")
    return json.dumps(
        {
            "isBase64Encoded": False,
            "statusCode": 200,
            "headers": {"Content-Type": "text/plain; charset=utf-8"},
            "body": f"Hello {name}!\\n",
        }
    )
'''

# Since version 2, hook() takes an async function of one context.
_NODEJS_HELPER = """\
'use strict';

const hook = require('fc-helper');

// Called by the API gateway.
exports.handler = hook((req, res) => {
  res.send(`Hello ${req.query.name || 'world'}!\\n`);
});
"""

_PACKAGE = """\
{{
  "name": "{name}",
  "version": "1.0.0",
  "private": true,
  "dependencies": {{
    "fc-helper": "^1.1.0"
  }}
}}
"""

_PYTHON_HELPER = '''\
"""Says hello."""

from fc_helper import hook


@hook
def handler(req, res):
    """Answer a request of the API gateway."""
    res.send(f"Hello {req.query.get('name', 'world')}!\\n")
'''

_HELPERS = {"nodejs": _NODEJS_HELPER, "python": _PYTHON_HELPER}
_CODE = {
    ("nodejs", False): _NODEJS,
    ("nodejs", True): _NODEJS_GATEWAY,
    ("python", False): _PYTHON,
    ("python", True): _PYTHON_GATEWAY,
}


def project_files(
    folder: str, language: str, *, has_gateway: bool, has_helper: bool
) -> dict[str, str]:
    """Return the files of a new project by name.

    Args:
        folder: Name of its folder, of which the names of service and group are made.
        language: One of LANGUAGES.
        has_gateway: Whether the function is behind the API gateway.
        has_helper: Whether it uses the helper for functions behind the API gateway.
    """
    name = re.sub("[^A-Za-z0-9_-]+", "-", folder).strip("-")[:40]
    if not re.match("[A-Za-z_]", name):
        name = f"project-{name}".strip("-")
    file = "hello.js" if language == "nodejs" else "hello.py"
    code = {file: _HELPERS[language] if has_helper else _CODE[language, has_gateway]}
    if has_helper and language == "python":
        code["fc_helper.py"] = source()
    words = {
        "name": name,
        "group": name.replace("-", "_"),
        "codes": "\n".join(f"            - {each}" for each in code),
        "runtime": "nodejs8" if language == "nodejs" else "python3",
    }
    text = _FUNCTIONS + (_GATEWAY if has_gateway else "")
    if has_helper and language == "nodejs":
        # npm accepts lower case only.
        code["package.json"] = _PACKAGE.format(name=name.lower())
    return {"faas.yml": text.format(**words), **code}
