"""The site of docs/ is built without a warning, and is whole without anybody else's server."""

import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ["gateway", "destinations", "mappings", "docker", "tests/situations"]


def build(root: Path, into: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", into],
        cwd=root,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("site")
    ran = build(ROOT, into)
    assert ran.returncode == 0, ran.stderr
    assert "excluded from the built site" not in ran.stderr
    return into


class Assets(HTMLParser):
    """What a browser fetches with a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name in {"src", "srcset", "poster", "data"} or (tag == "link" and name == "href")):
                self.addresses.append(value)


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    pages = [page for page in site.rglob("*.html") if page.name != "404.html"]
    assert len(pages) >= 10

    for page in pages:
        read = Assets()
        read.feed(page.read_text("utf-8"))

        assert len(read.addresses) >= 5
        assert [one for one in read.addresses if urlsplit(one).netloc or urlsplit(one).scheme] == []
        gone = [one for one in read.addresses if not (page.parent / urlsplit(one).path).exists()]
        assert gone == []


def test_no_style_fetches_anything_from_elsewhere(site: Path) -> None:
    styles = list(site.rglob("*.css"))
    assert len(styles) >= 3

    for style in styles:
        text = style.read_text("utf-8")
        assert "@import" not in text
        assert "url(http" not in text
        assert "url(//" not in text


@pytest.mark.parametrize(
    "link",
    [
        "[gone](gone.md)",
        "[gone](../gateway/gone.py)",
        "[gone](shadow-mode.md#gone)",
        "[gone](../README.md#gone)",
    ],
)
def test_a_link_that_leads_nowhere_breaks_the_build(tmp_path: Path, link: str) -> None:
    for name in ["docs", *PACKAGES]:
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("node_modules", "static", "__pycache__"),
        )
    for name in ["mkdocs.yml", "README.md", "CHANGELOG.md", "LICENSE"]:
        shutil.copy(ROOT / name, tmp_path)
    page = tmp_path / "docs" / "backtest.md"
    page.write_text(page.read_text("utf-8") + f"\n{link}\n", "utf-8")

    ran = build(tmp_path, tmp_path / "site")

    assert ran.returncode == 1
    assert [line for line in ran.stderr.splitlines() if "WARNING" in line and "gone" in line] != []
