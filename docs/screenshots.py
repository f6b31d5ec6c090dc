"""Take the README's pictures from the demo: `make screenshots`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import chromium  # noqa: E402
from tests.browser.conftest import READY, Server  # noqa: E402

HEIGHTS = {"overview": 1500, "review": 900}  # pixels of every page's picture
QUIET_MS = 3000


def main() -> None:
    """Write docs/NAME.png for every picture."""
    with tempfile.TemporaryDirectory() as home:
        subprocess.run([sys.executable, "data/demo.py", "open", home], cwd=ROOT, check=True)
        server = Server(Path(home) / "poi_pairs")
        server.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium.find(), args=chromium.ARGUMENTS
                )
                page = browser.new_page()
                for name, height in HEIGHTS.items():
                    page.set_viewport_size({"width": 1440, "height": height})
                    page.goto(f"{server.url}/{name}?reviewer=me")
                    page.wait_for_selector(READY)
                    page.wait_for_timeout(QUIET_MS)
                    page.screenshot(path=ROOT / "docs" / f"{name}.png")
        finally:
            server.kill()


if __name__ == "__main__":
    main()
