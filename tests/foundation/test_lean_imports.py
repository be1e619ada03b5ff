"""httpx and httpcore without the parts that no request uses, each time in a new process."""

import subprocess
import sys
from pathlib import Path

import pytest

UNUSED = "{'email.parser', 'http.client', 'http.cookiejar', 'tempfile', 'random', 'anyio', 'asyncio', 'certifi'}"


def printed(program: str, *folders: Path) -> str:
    """What a program prints, with `folders` before the installed packages."""
    path = "".join(f"sys.path.insert(0, {str(folder)!r}); " for folder in folders)
    start = f"import sys; {path}from cfnet.foundation.http import lean_imports; lean_imports.install()\n"
    ran = subprocess.run([sys.executable, "-c", start + program], check=False, capture_output=True, text=True)
    assert ran.stderr == ""
    return ran.stdout.strip()


@pytest.mark.parametrize(
    "names",
    [
        "httpx.Request, httpx.Response, httpx.Headers, httpx.SyncByteStream",
        "httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.ConnectTimeout",
        "httpcore.ConnectionPool, httpcore.NetworkStream, httpcore.Request, httpcore.Response, httpcore.URL",
        "httpx.Proxy, httpcore.HTTPProxy",
    ],
)
def test_the_used_names_load_nothing_unused(names: str) -> None:
    assert printed(f"import httpx, httpcore; {names}; print({UNUSED} & set(sys.modules))") == "set()"


def test_no_other_module_ever_sees_the_stand_ins() -> None:
    program = "import httpx; httpx.Request; import http.cookiejar, urllib.request, certifi, email.message"
    real = "http.cookiejar.CookieJar(), urllib.request.getproxies, certifi.where(), email.message.Message()"
    assert printed(f"{program}; {real}; print(urllib.request.Request.__module__)") == "urllib.request"


def test_a_rare_case_imports_what_it_needs() -> None:
    """A host name that is not ASCII needs idna; a response's encoding needs the email package."""
    assert printed("import httpx; print(httpx.Request('GET', 'http://bücher.example').url.raw_host)") == (
        "b'xn--bcher-kva.example'"
    )
    response = "httpx.Response(200, headers={'content-type': 'text/plain; charset=latin-1'}, content=b'\\xe4')"
    assert printed(f"import httpx; print(ascii({response}.text))") == "'\\xe4'"


def test_any_other_name_loads_the_whole_package() -> None:
    """In part before, then whole: with the same classes."""
    program = """
import httpx
request = httpx.Request("GET", "http://a.example")
answer = httpx.MockTransport(lambda request: httpx.Response(204)).handle_request(request)
print(answer.status_code, httpx.Request is type(request), "httpx._client" in sys.modules, httpx.__version__ > "0")
"""
    assert printed(program) == "204 True True True"


def test_another_layout_loads_the_whole_package(tmp_path: Path) -> None:
    """A version without the submodules that are known, or without the name in it."""
    package = tmp_path / "httpx"
    package.mkdir()
    (package / "__init__.py").write_text("class Request: layout = 'new'\nclass Headers: layout = 'new'\n", "utf-8")
    (package / "_models.py").write_text("class Headers: layout = 'old'\n", "utf-8")
    program = "import httpx; print(httpx.Headers.layout, httpx.Request.layout, httpx.Headers.layout)"
    assert printed(program, tmp_path) == "old new new"


def test_a_missing_name_is_missing() -> None:
    program = "import httpx, httpcore\nfor package in (httpx, httpcore): print(hasattr(package, 'Nothing'))"
    assert printed(program) == "False\nFalse"
