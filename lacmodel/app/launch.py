"""Starting the app: on 127.0.0.1 and nowhere else, with a private folder that ends with it."""

import os
import signal
import socket
import sys
import tempfile
import threading
import time
import webbrowser
from pathlib import Path
from typing import Final

from lacmodel.app.folders import CHOSEN, MANY, PRIVATE, UPLOAD_MB

ADDRESS: Final = "127.0.0.1"
PORT: Final = 8517  # the first that is tried
SECONDS_TO_START: Final = 60
THEME: Final = {
    "base": "light",
    "primaryColor": "#0b4f8a",
    "textColor": "#1d1d1b",
    "backgroundColor": "#ffffff",
    "secondaryBackgroundColor": "#eef3f8",
    "linkColor": "#0b4f8a",
    "borderColor": "#6b7280",
    "showWidgetBorder": "true",
}
SETTINGS: Final = {
    "server.address": ADDRESS,
    "server.allowedHosts": ADDRESS,  # no other name leads here, as in DNS rebinding
    "server.headless": "true",  # asks for no e-mail address; we open the browser ourselves
    "server.fileWatcherType": "none",
    "server.enableStaticServing": "false",
    "server.maxUploadSize": str(UPLOAD_MB),
    "browser.gatherUsageStats": "false",
    "browser.serverAddress": ADDRESS,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    **{f"theme.{name}": value for name, value in THEME.items()},
}


def free_port(wanted: int | None = None) -> int:
    """A port of this machine that nobody listens on: the wanted one, or the first from `PORT` on.

    Raises
    ------
    OSError
        if the wanted one is taken, or none is free
    """
    for port in [wanted] if wanted else range(PORT, PORT + 100):
        with socket.socket() as probe:
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return port
    raise OSError(f"port {wanted} is taken" if wanted else "no port is free")


def arguments(port: int) -> list[str]:
    """What Streamlit is started with: flags, since its file of settings is the folder's own."""
    script = Path(__file__).with_name("main.py")
    flags = [f"--{name}={value}" for name, value in SETTINGS.items()]
    return ["run", str(script), f"--server.port={port}", *flags]


def launch(folder: Path, port: int, browser: bool, futures: int | None = None) -> None:
    """Start the app and stay until it is stopped; its private folder is then removed."""
    from streamlit.web import cli

    if hasattr(signal, "SIGHUP"):  # a terminal that is closed ends the app as Ctrl+C does
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="lacmodel-app-") as private:
        os.environ[CHOSEN], os.environ[PRIVATE] = str(folder.resolve()), private
        if futures is not None:
            os.environ[MANY] = str(futures)
        if browser:
            threading.Thread(target=_open, args=(port,), daemon=True).start()
        sys.argv = ["streamlit", *arguments(port)]
        cli.main(arguments(port), standalone_mode=False)


def _open(port: int) -> None:
    """Open the browser as soon as the app answers."""
    for _ in range(4 * SECONDS_TO_START):
        with socket.socket() as probe:
            if probe.connect_ex((ADDRESS, port)) == 0:
                webbrowser.open(f"http://{ADDRESS}:{port}")
                return
        time.sleep(0.25)
