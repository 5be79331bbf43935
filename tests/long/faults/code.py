"""Code of functions."""

import io
import zipfile

from fc_client import Code

# Notes each run in a file: one line, the start of the event.
COUNTING = """
import os

def handler(event, context):
    line = event.partition(b" ")[0] + b"\\n"
    descriptor = os.open(os.environ["COUNTER"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)
    return event
"""


def code_of(source):
    """Return the code of one module, ``index``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), source)
    return Code.from_zip(buffer.getvalue())


def create_function(client, service, function, source, **options):
    """Create a function of one module, with a long timeout; the service is there."""
    options = {"timeout": 60, **options}
    return client.create_function(
        service,
        function,
        runtime="python3",
        handler="index.handler",
        code=code_of(source),
        **options,
    )


def create_counting(client, service, function, counter, **options):
    """Create a function that notes each run in the file *counter*."""
    counter.touch()
    create_function(
        client,
        service,
        function,
        COUNTING,
        environment_variables={"COUNTER": str(counter)},
        **options,
    )
