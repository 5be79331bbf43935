"""The example of the guide's chapter "fun", word for word, from its files to its URL."""

import re
import subprocess
import sys

from support.node import needs_node

from fc_client.local import LocalFunctionCompute

HELLO = """'use strict';

const hook = require('fc-helper');

exports.index = hook((req, res) => {
  res.send('Hello world!\\n');
});
"""

FAAS = """\
# faas.yaml
role:
  name: 'apigatewayAccessFC'
function-compute:
  region: 'cn-shanghai'
  services:
    - name: 'fc'
      description: 'fc test'
      functions:
        - name: 'helloworld'
          description: 'hello!'
          # entry point
          handler: hello.index
          # which files should be zipped
          codes:
            - 'hello.js'
api-gateway:
  endpoint: 'http://apigateway.cn-hangzhou.aliyuncs.com'
  groups:
    - name: 'apigw_fc'
      description: 'API Gateway & Function Compute'
      apis:
        - name: 'helloworld'
          method: 'GET'
          path: '/helloworld'
          function: 'cn-shanghai/fc/helloworld'
"""


@needs_node
def test_deploys_and_answers(tmp_path):
    # Of the guide's time: version 2 exports no function.
    install = ["npm", "install", "fc-helper@1", "--no-audit", "--no-fund"]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    (tmp_path / "hello.js").write_text(HELLO)
    (tmp_path / "faas.yaml").write_text(FAAS)
    with LocalFunctionCompute() as server:
        deployed = subprocess.run(
            [sys.executable, "-m", "fc_client.fun", "deploy"],
            cwd=tmp_path,
            env=server.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert deployed.returncode == 0, deployed.stderr
        [url] = re.findall(r"URL: GET (\S+)", deployed.stdout)
        shown = subprocess.run(["curl", "-s", url], capture_output=True, text=True, check=True)
    assert shown.stdout == "Hello world!\n"
