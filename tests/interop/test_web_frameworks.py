"""Web frameworks as HTTP functions: Flask, FastAPI, Django and express."""

import os
import shutil
import textwrap
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests

from fc_client.local import LocalFunctionCompute

FLASK = """
from flask import Flask, Response, jsonify, redirect, request, url_for
handler = Flask(__name__)
@handler.get("/hello/<name>")
def hello(name):
    return jsonify(hello=name, args=request.args.to_dict(flat=False), url=request.path)
@handler.post("/form")
def form():
    file = request.files["file"]
    return jsonify(field=request.form["field"], name=file.filename, size=len(file.read()))
@handler.get("/login")
def login():
    response = redirect(url_for("hello", name="you"))
    response.set_cookie("session", "1")
    response.set_cookie("theme", request.cookies.get("theme", "none"))
    return response
@handler.get("/stream")
def stream():
    return Response((f"line {n}\\n" for n in range(3)), mimetype="text/plain")
@handler.post("/chunks")
def chunks():
    return request.get_data()
@handler.get("/broken")
def broken():
    raise ValueError("broken")
"""

FASTAPI = """
from a2wsgi import ASGIMiddleware
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
app = FastAPI()
class Item(BaseModel):
    name: str
    price: float
@app.get("/hello/{name}")
def hello(name: str, times: int = 1):
    return {"hello": [name] * times}
@app.put("/items", status_code=201)
async def items(item: Item, response: Response):
    response.set_cookie("item", item.name)
    return item
@app.get("/stream")
def stream():
    return StreamingResponse((b"x" * 1000 for _ in range(10)), media_type="application/x-own")
handler = ASGIMiddleware(app)
"""

DJANGO = """
from django.conf import settings
settings.configure(
    DEBUG=False, SECRET_KEY="x" * 50, ROOT_URLCONF="index", ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, JsonResponse
from django.urls import path
def hello(request, name):
    return JsonResponse({"hello": name, "args": dict(request.GET.lists())})
def upload(request):
    response = HttpResponse(request.body[::-1], status=202)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response
def source(request):
    return FileResponse(open("index.py", "rb"))
urlpatterns = [path("hello/<name>", hello), path("upload", upload), path("source", source)]
handler = get_wsgi_application()
"""

EXPRESS = """
const { Server } = require('@webserverless/fc-express');
const express = require('express');
const app = express();
app.use(express.json());
app.get('/hello/:name', (req, res) => res.json({ hello: req.params.name, query: req.query }));
app.post('/items', (req, res) => res.cookie('a', '1').status(201).json({ got: req.body }));
app.get('/redirect', (req, res) => res.redirect('/hello/you'));
const server = new Server(app);
exports.handler = (req, res, context) => server.httpProxy(req, res, context);
"""

METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as function_compute:
        with function_compute.client() as client:
            client.create_service("web")
        yield function_compute


@pytest.fixture(scope="module")
def deploy(function_compute, tmp_path_factory):
    """Return a way to make an HTTP function of a source; it returns the base of its URLs."""

    def deploy(name, source, file="index.py", runtime="python3", **variables):
        directory = tmp_path_factory.mktemp(name)
        (directory / file).write_text(textwrap.dedent(source), encoding="utf-8")
        with function_compute.client() as client:
            client.create_function(
                "web",
                name,
                runtime=runtime,
                handler="index.handler",
                code=directory,
                memory_size=512,
                timeout=30,
                environment_variables=variables,
            )
            client.create_trigger(
                "web",
                name,
                "http",
                trigger_type="http",
                trigger_config={"authType": "anonymous", "methods": METHODS},
            )
        return f"{function_compute.endpoint}/2016-08-15/proxy/web/{name}"

    return deploy


def python_path(*packages):
    """Return the directories that packages are installed in."""
    places = {str(Path(find_spec(name).origin).parent.parent) for name in packages}
    return os.pathsep.join(sorted(places))


@pytest.fixture(scope="module")
def flask_url(deploy):
    return deploy("flask", FLASK, PYTHONPATH=python_path("flask", "werkzeug"))


class TestFlask:
    def test_routes_and_queries(self, flask_url):
        reply = requests.get(f"{flask_url}/hello/w%20rld?a=1&a=2&b=%C3%A9", timeout=30)

        assert reply.json() == {
            "hello": "w rld",
            "args": {"a": ["1", "2"], "b": ["é"]},
            "url": "/hello/w rld",
        }

    def test_a_form_with_a_file(self, flask_url):
        files = {"file": ("a.bin", bytes(300_000))}

        reply = requests.post(f"{flask_url}/form", data={"field": "x"}, files=files, timeout=30)

        assert reply.json() == {"field": "x", "name": "a.bin", "size": 300_000}

    def test_a_redirect_with_cookies(self, flask_url):
        reply = requests.get(
            f"{flask_url}/login", cookies={"theme": "dark"}, allow_redirects=False, timeout=30
        )

        assert (reply.status_code, reply.headers["Location"]) == (302, "/hello/you")
        assert dict(reply.cookies) == {"session": "1", "theme": "dark"}

    def test_a_stream(self, flask_url):
        assert requests.get(f"{flask_url}/stream", timeout=30).text == "line 0\nline 1\nline 2\n"

    def test_a_body_without_a_length(self, flask_url):
        chunks = iter([b"one ", b"two"])

        assert requests.post(f"{flask_url}/chunks", data=chunks, timeout=30).content == b"one two"

    def test_head_and_options(self, flask_url):
        head = requests.head(f"{flask_url}/hello/x", timeout=30)
        options = requests.options(f"{flask_url}/hello/x", timeout=30)

        assert (head.status_code, head.content) == (200, b"")
        assert set(options.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}

    def test_errors_are_flasks_own(self, flask_url):
        assert requests.get(f"{flask_url}/nowhere", timeout=30).status_code == 404
        assert requests.get(f"{flask_url}/broken", timeout=30).status_code == 500


@pytest.fixture(scope="module")
def fastapi_url(deploy):
    return deploy("fastapi", FASTAPI, PYTHONPATH=python_path("fastapi", "a2wsgi"))


class TestFastApi:
    def test_routes_and_queries(self, fastapi_url):
        reply = requests.get(f"{fastapi_url}/hello/you?times=2", timeout=30)

        assert reply.json() == {"hello": ["you", "you"]}

    def test_a_json_body(self, fastapi_url):
        reply = requests.put(f"{fastapi_url}/items", json={"name": "a", "price": 1.5}, timeout=30)

        assert (reply.status_code, reply.json()) == (201, {"name": "a", "price": 1.5})
        assert dict(reply.cookies) == {"item": "a"}

    def test_a_stream(self, fastapi_url):
        reply = requests.get(f"{fastapi_url}/stream", timeout=30)

        assert reply.content == b"x" * 10_000
        assert reply.headers["Content-Type"] == "application/x-own"

    def test_validation_is_its_own(self, fastapi_url):
        assert requests.put(f"{fastapi_url}/items", json={}, timeout=30).status_code == 422


@pytest.fixture(scope="module")
def django_url(deploy):
    return deploy("django", DJANGO, PYTHONPATH=python_path("django", "asgiref", "sqlparse"))


class TestDjango:
    def test_routes_and_queries(self, django_url):
        reply = requests.get(f"{django_url}/hello/you?a=1&a=2", timeout=30)

        assert reply.json() == {"hello": "you", "args": {"a": ["1", "2"]}}

    def test_a_body_and_cookies(self, django_url):
        reply = requests.post(f"{django_url}/upload", data=b"\x00abc", timeout=30)

        assert (reply.status_code, reply.content) == (202, b"cba\x00")
        assert dict(reply.cookies) == {"a": "1", "b": "2"}

    def test_a_file(self, django_url):
        assert b"get_wsgi_application" in requests.get(f"{django_url}/source", timeout=30).content

    def test_errors_are_djangos_own(self, django_url):
        assert requests.get(f"{django_url}/nowhere", timeout=30).status_code == 404


@pytest.fixture(scope="module")
def express_url(deploy, node_scripts):
    modules = str(node_scripts / "node_modules")
    return deploy("express", EXPRESS, "index.js", "nodejs12", NODE_PATH=modules)


# In CI a machine without Node.js is a failure: this test then says so.
@pytest.mark.skipif(
    shutil.which("npm") is None and "CI" not in os.environ, reason="Node.js is not installed"
)
class TestExpress:
    def test_routes_and_queries(self, express_url):
        reply = requests.get(f"{express_url}/hello/you?a=1", timeout=30)

        assert reply.json() == {"hello": "you", "query": {"a": "1"}}

    def test_a_json_body(self, express_url):
        reply = requests.post(f"{express_url}/items", json={"a": [1, "é"]}, timeout=30)

        assert (reply.status_code, reply.json()) == (201, {"got": {"a": [1, "é"]}})
        assert dict(reply.cookies) == {"a": "1"}

    def test_a_redirect(self, express_url):
        reply = requests.get(f"{express_url}/redirect", allow_redirects=False, timeout=30)

        assert (reply.status_code, reply.headers["Location"]) == (302, "/hello/you")
