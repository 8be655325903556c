"""Serves the explorer: GraphiQL with examples, built beforehand, at the root of the site.

It knows where the build lies and which headers its pages need. It knows nothing of GraphQL: the
page in the browser talks to /graphql as any other client does.
"""

import os
from html import escape
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUILD = Path(__file__).resolve().parent.parent / "explorer" / "build"

PAGE_HEADERS = {
    # Everything comes from this very host, and only /graphql on it is talked to. Three allowances:
    # - inline styles: the editor writes its colours and positions into style elements and attributes;
    # - data: fonts and images: the style sheets carry their fonts and icons inside;
    # - no blob: or eval is needed, since the editor's workers are files of the build.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
        "style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # The page names the assets by their hashes: an old page would ask for files that are gone.
    "Cache-Control": "no-cache",
}

NOT_BUILT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jumelage</title>
<style>
  body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 52rem; margin: 3rem auto; padding: 0 1rem; }}
  pre {{ background: #f2f2ee; padding: 1rem; overflow-x: auto; }}
</style>
</head>
<body>
<h1>Jumelage</h1>
<p>The register of city diplomacy is running. Its GraphQL API is at <code>{url}</code>.</p>
<p>Ask it something:</p>
<pre>curl -s {url} \\
  -H 'Content-Type: application/json' \\
  -d '{{"query": "{{ cities(first: 3) {{ totalCount nodes {{ name country {{ name }} }} }} }}"}}'</pre>
<p>The explorer, which would be on this page, is not built. To build it, run this in the project's
folder (it needs npm) and reload the page:</p>
<pre>make explorer</pre>
</body>
</html>
"""


class Assets(StaticFiles):
    """Serve the build's files, compressed where the build has them so and the browser takes them."""

    async def check_config(self) -> None:
        """Accept a folder that does not exist: its files are then not found, until it is built."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with a file; one that is named by its hash may be kept for ever."""
        file = Path(full_path)
        hashed = file.parent.name == "assets"
        compressed = file.with_name(file.name + ".gz")
        takes_gzip = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if takes_gzip and compressed.is_file():
            # The media type is still right: it is guessed from the name before ".gz".
            response = super().file_response(compressed, compressed.stat(), scope, status_code)
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def mount_explorer(app: FastAPI, build: Path = BUILD) -> None:
    """Serve the explorer at `/` and its files under `/explorer/`.

    The build is looked for at each visit, so that building it needs no restart.
    Without one the page says how to get it.
    """

    async def page(request: Request) -> Response:
        index = build / "index.html"
        if index.is_file():
            return FileResponse(index, headers=PAGE_HEADERS)
        url = escape(str(request.base_url.replace(path="/graphql")))
        return HTMLResponse(NOT_BUILT.format(url=url), headers=PAGE_HEADERS)

    app.add_api_route("/", page, methods=["GET", "HEAD"], include_in_schema=False, response_model=None)
    app.mount("/explorer", Assets(directory=build, check_dir=False), name="explorer")
