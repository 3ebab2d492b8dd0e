"""Take the README's two pictures of a running dashboard.

Start ``lofteskartan run --example --no-browser --basemap none`` and give its address:
``python .readme/make_pictures.py http://127.0.0.1:8501``. Needs Chromium and Playwright.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PICTURES = {
    "karta.png": ("/?area=norrby", "iframe"),
    "uppfoljning.png": ("/uppfoljning", ".lk-charts svg"),
}


def main(address: str) -> None:
    """Open each page at 1366 x 768, wait until it is drawn, and keep it as a picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, (path, sign) in PICTURES.items():
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.goto(address + path)
            page.locator(sign).first.wait_for()
            if sign == "iframe":
                frame = page.frame_locator(sign)
                frame.locator("body[data-areas][data-activities][data-places]").wait_for()
            page.screenshot(path=HERE / name)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
