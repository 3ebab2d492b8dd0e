"""Take the README's pictures of a running dashboard.

Start ``lofteskartan run --example --no-browser --basemap none`` and give its address:
``python .readme/make_pictures.py http://127.0.0.1:8501``. Needs Chromium and Playwright.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PICTURES = {
    "karta.png": ("/", (), "iframe"),
    "uppfoljning.png": ("/uppfoljning", (), ".lk-charts svg"),
    "mote.png": (
        "/mote?date=2018-10-15",
        ('[data-id="begin"]', '.lk-stage-foot a[href*="area/norrby"]'),
        "#lk-stage-heading:has-text('Norrby')",
    ),
    "planera.png": (
        "/planera?tool=loop&area=norrby&ask=start:12.9262,57.7232;minutes:75",
        (),
        ".lk-loop-bar",
    ),
}
"""By file: the address, what is clicked there in turn, and what shows that it is drawn."""


def main(address: str) -> None:
    """Open each page at 1366 x 768, wait until it is drawn, and keep it as a picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
            args=["--no-sandbox"],
        )
        for name, (path, clicks, sign) in PICTURES.items():
            # Where a click moves the map, it is there at once.
            page = browser.new_page(
                viewport={"width": 1366, "height": 768},
                reduced_motion="reduce" if clicks else "no-preference",
            )
            page.goto(address + path)
            for clicked in clicks:
                page.locator(clicked).click()
            page.locator(sign).first.wait_for()
            if sign != ".lk-charts svg":
                frame = page.frame_locator("iframe")
                # The first screen shows both places; the others an area, near by.
                far = ".lk-side" if sign == "iframe" else ".leaflet-container:not(.lk-far)"
                frame.locator(f"body[data-areas][data-hot_spots] {far}").wait_for()
                frame.locator(".lk-badge-text:not(.lk-hidden)").first.wait_for()
            page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
            page.locator('[data-stale="true"]').first.wait_for(state="detached")
            page.screenshot(path=HERE / name)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
