"""Takes the pictures in this folder anew: ``make pictures``. Needs Chromium and Noto fonts.

Starts the demo on a free port, waits for its digest, and takes each page headless.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
]
PICTURES = {
    "digest": ("/?lang=en", "1180,900", ()),
    "story": ("/stories/1?lang=en", "1180,900", ()),
    "trends": ("/trends?lang=fr", "1180,900", ()),
    "digest-phone-dark": ("/?lang=vi", "390,844", ("--blink-settings=preferredColorScheme=0",)),
}


def main() -> int:
    """Take every picture; 1 where there is no browser or no demo."""
    if BROWSER is None:
        print("No Chromium was found.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "scheduler", "demo", "--port", "0"]
        demo = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        assert demo.stdout is not None
        try:
            ready = next((line for line in demo.stdout if "digest is ready" in line), None)
            if ready is None:
                print("The demo ended before its digest was ready.", file=sys.stderr)
                return 1
            home = ready.split()[-1].rstrip("/")
            for name, (path, size, more) in PICTURES.items():
                take(f"{home}{path}", HERE / f"{name}.png", size, more)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(20)
    return 0


def take(url: str, file: Path, size: str, more: tuple[str, ...]) -> None:
    """One picture of ``url``, ``size`` in CSS pixels as "width,height"."""
    with tempfile.TemporaryDirectory() as profile:
        command = [str(BROWSER), *FLAGS, *more, f"--user-data-dir={profile}", f"--window-size={size}"]
        subprocess.run([*command, f"--screenshot={file}", url], check=True, capture_output=True)
    print(file)


if __name__ == "__main__":
    sys.exit(main())
