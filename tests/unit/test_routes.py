"""The methods that the routes of an application take, as far as a program shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from corslint import collect
from corslint.collect import Listed, Project
from corslint.resolve.python import resolver_of
from corslint.resolve.routes import Routes, routes_of
from corslint.source import Source

HEAD = """\
from fastapi import APIRouter, FastAPI, File, Form, Request, UploadFile
from fastapi.staticfiles import StaticFiles
from starlette.applications import Starlette
from starlette.routing import Mount, Route
app = FastAPI()
"""
ROUTER = """\
from fastapi import APIRouter
router = APIRouter()
@router.patch("/items")
def change(): ...
"""


def routes(text: str) -> Routes:
    project = Project()
    return routes_of(project, resolver_of(project, Source("app/main.py", HEAD + text)), "app")


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("@app.get('/')\ndef f(): ...", ["GET"]),
        ("@app.post('/')\ndef f(item: dict): ...", ["POST"]),
        ("@app.api_route('/', methods=['PUT', 'delete'])\ndef f(): ...", ["DELETE", "PUT"]),
        ("@app.route('/')\ndef f(): ...", ["GET"]),
        ("app.add_api_route('/', f, methods=['DELETE'])", ["DELETE"]),
        ("router = APIRouter()\napp.include_router(router)\n@router.put('/')\ndef f(): ...", ["PUT"]),
        ("def f(r): ...\napp = Starlette(routes=[Route('/', f), Route('/x', f, methods=['PUT'])])", ["GET", "PUT"]),
        ("@app.post('/')\ndef f(name: str = Form()): ...\n@app.get('/')\ndef g(): ...", ["GET"]),
        ("@app.post('/')\ndef f(file: UploadFile): ...\n@app.get('/')\ndef g(): ...", ["GET"]),
        ("@app.get('/')\ndef f(): ...\napp.mount('/static', StaticFiles(directory='static'))", ["GET"]),
        ("@app.get('/')\ndef f(): ...\nimport uvicorn\nuvicorn.run(app, port=80)", ["GET"]),
        ("@app.get('/')\ndef f(): ...\n@other.post('/')\ndef g(): ...", ["GET"]),
    ],
)
def test_all_routes_are_seen(text: str, methods: list[str]) -> None:
    found = routes(text)
    assert sorted(found.methods) == methods
    assert found.are_all
    assert found.seen


@pytest.mark.parametrize(
    "text",
    [
        "@app.api_route('/', methods=METHODS)\ndef f(): ...",
        "from shop import router\napp.include_router(router)",
        "app.include_router(make_router())",
        "app.mount('/v2', other)",
        "app = Starlette(routes=ROUTES)",
        "app = Starlette(routes=[Mount('/v2', other)])",
        "class Page: ...\napp = Starlette(routes=[Route('/', Page)])",
        "from shop import register\nregister(app)",
        "def make():\n    return app",
    ],
)
def test_others_may_be_added_out_of_sight(text: str) -> None:
    assert not routes(text + "\n@app.get('/')\ndef last(): ...").are_all


def files(folder: Path, monkeypatch: pytest.MonkeyPatch, **texts: str) -> Project:
    monkeypatch.chdir(folder)
    (folder / "app").mkdir()
    for name, text in texts.items():
        (folder / "app" / f"{name}.py").write_text(text)
    listed = collect.listing(["."], exclude=(), force_exclude=False, respect_gitignore=False)
    return Project(tuple(one for one in listed if isinstance(one, Listed)))


def test_a_router_of_another_file_is_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main = HEAD + "from app.items import router\napp.include_router(router)\n"
    project = files(tmp_path, monkeypatch, main=main, items=ROUTER)
    source = project.source("app/main.py")
    assert source is not None
    found = routes_of(project, resolver_of(project, source), "app")
    assert {name: span.path for name, span in found.methods.items()} == {"PATCH": "app/items.py"}
    assert found.are_all


def test_routes_that_another_file_adds_are_not_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "from app.main import app\n@app.post('/items')\ndef add(): ...\n"
    project = files(tmp_path, monkeypatch, main=HEAD + "@app.get('/')\ndef f(): ...\n", other=other)
    source = project.source("app/main.py")
    assert source is not None
    assert not routes_of(project, resolver_of(project, source), "app").are_all


BY_NAME = """
import importlib
for name in NAMES:
    app.include_router(importlib.import_module(f"app.{name}").router)
@app.get("/")
def root(): ...
"""


@pytest.mark.parametrize(
    "other",
    [
        "@listing(router)\ndef items(): ...",
        "router.add_api_route('/items', items)",
        "@router.get('/items')\ndef f(): ...",
    ],
)
def test_routers_imported_by_name_take_get_where_nothing_takes_more(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = files(tmp_path, monkeypatch, main=HEAD + BY_NAME, items=f"router = make()\n{other}\n")
    source = project.source("app/main.py")
    assert source is not None
    found = routes_of(project, resolver_of(project, source), "app")
    assert found.are_all
    assert list(found.methods) == ["GET"]


@pytest.mark.parametrize(
    "other",
    [
        "@router.post('/items')\ndef add(): ...",
        "@listing(router, methods=METHODS)\ndef items(): ...",
        "class Items:\n    def delete(self): ...",
        "VERB = 'PUT'",
        "app.mount('/v2', other)",
    ],
)
def test_routers_imported_by_name_may_take_what_a_file_speaks_of(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = files(tmp_path, monkeypatch, main=HEAD + BY_NAME, items=f"router = make()\n{other}\n")
    source = project.source("app/main.py")
    assert source is not None
    assert not routes_of(project, resolver_of(project, source), "app").are_all


def test_routers_that_include_each_other_end() -> None:
    text = "one = APIRouter()\none.include_router(one)\napp.include_router(one)\n"
    assert routes(text).methods == {}
