"""The talk on paper: three slides a page, with the notes or with lines to write on, printed by a headless Chromium."""

import math
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
READERS = ("teacher", "students")
A_PAGE = 3  # slides
LONGEST = 90.0  # s of wall time
PAGE = b"/Type /Page\n"
DATES = re.compile(rb"(?<=Date \(D:)\d{14}")


def browser() -> str:
    """The Chromium (or Chrome, or Edge) that can print; raises ValueError where there is none."""
    found = [program for name in NAMES if (program := shutil.which(name))]
    found += [place for place in PLACES if Path(place).is_file()]
    if not found:
        raise ValueError(f"--pdf: no browser found that can print; allowed: {', '.join(NAMES)} on PATH")
    return found[0]


def handout(page: Path, slides: int, program: str, reader: str = READERS[0]) -> bytes:
    """A deck's single file as a PDF without dates: for the "teacher" with the notes, for the "students" without.

    Raises ValueError unless the browser prints it all.
    """
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "handout.pdf"
        _print(f"{page.resolve().as_uri()}?paper={reader}", pdf, program, folder)
        content = pdf.read_bytes() if pdf.is_file() else b""
    pages, whole = content.count(PAGE), math.ceil(slides / A_PAGE)
    if pages != whole:
        raise ValueError(f"--pdf: {program} printed {pages} pages of {whole}; allowed: a Chromium that prints all")
    return DATES.sub(b"20000101000000", content)


def _print(url: str, pdf: Path, program: str, folder: str) -> None:
    flags = ["--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder}/profile"]
    flags += ["--no-pdf-header-footer", f"--print-to-pdf={pdf}", "--virtual-time-budget=20000"]
    flags += ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []  # Chromium refuses root otherwise
    try:
        subprocess.run([program, *flags, url], check=True, capture_output=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        raise ValueError(f"--pdf: {program} was not done after {LONGEST:.0f} s") from None
    except (OSError, subprocess.CalledProcessError) as error:
        raise ValueError(f"--pdf: {program}: {str(error).splitlines()[0][:200]}") from None
