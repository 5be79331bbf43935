"""Exit codes, and the one line on stderr for each error."""

import json
import re

import click
import pytest
from fcli.support import process, run
from support.http_server import Reply, ReplyServer

from fc_client.fcli.root import COMMANDS, root
from fc_client.fcli.problems import describe
from fc_client.exceptions import AccessDeniedError, PermissionDeniedError
