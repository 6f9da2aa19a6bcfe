"""A browser that notes every request, and the app on a port of this machine for it to look at."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

import lacmodel
from lacmodel.app.launch import ADDRESS, free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SECONDS_TO_START = 300
QUIET = [  # Chromium's own calls home, which no page makes
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
]
REPOSITORY = Path(lacmodel.__file__).parents[1]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
TILE = ".tiles > div:first-child small"  # the forecast below the first number


@contextmanager
def app_on(folder: Path, log: Path, *options: str) -> Iterator[str]:
    """The address of the app, started by its command for a folder."""
    port = free_port()
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "lacmodel", "app", str(folder), "--port", str(port)]
    command += ["--no-browser", *options]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            env=environment,
            cwd=folder,
        )
        try:
            await_answer(port, process)
            yield f"http://{ADDRESS}:{port}"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def await_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(10 * SECONDS_TO_START):
        with socket.socket() as probe:
            if probe.connect_ex((ADDRESS, port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise TimeoutError("the app did not start")


@contextmanager
def browser_page(width: int = 1280, height: int = 900):
    """A page of headless Chromium, and the list of addresses that it asks for."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            context = chromium.new_context(
                viewport={"width": width, "height": height}, accept_downloads=True, locale="en-GB"
            )
            page = context.new_page()
            asked: list[str] = []
            context.on("request", lambda request: asked.append(request.url))
            page.on("websocket", lambda socket: asked.append(socket.url))
            yield page, asked
        finally:
            chromium.close()


def outside(asked: list[str]) -> list[str]:
    """The addresses among them that are not on this machine."""
    here = ("127.0.0.1", "")
    inside = ("data", "blob", "file", "about")
    parsed = [(url, urlparse(url)) for url in asked]
    return [u for u, p in parsed if p.scheme not in inside and (p.hostname or "") not in here]


def violations(page) -> dict[str, list[str]]:
    """Rules of WCAG 2.2 AA that a page breaks, with the elements that do."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    return {
        each["id"]: [node["html"][:300] for node in each["nodes"]]
        for each in found.response["violations"]
    }


def ahead(words: str) -> int:
    """The children forecast for the first 31 March, as the first tile says it."""
    return int(re.search(r": ([\d,]+)", words)[1].replace(",", ""))
