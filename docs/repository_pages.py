"""Shows the Markdown that stays with its package as pages of the site, and takes along each file that a page links to."""

import os.path
import re
from pathlib import Path, PurePosixPath
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PAGES: Final = {
    "README.md": "index.md",
    "mappings/README.md": "the-mapping-language.md",
    "gateway/graphql/README.md": "the-api-by-task.md",
    "destinations/README.md": "extending.md",
    "destinations/twilio_engage/simulator/README.md": "the-simulator.md",
    "docker/README.md": "containers.md",
    "gateway/README.md": "how-it-works.md",
    "gateway/console/README.md": "the-pages-sources.md",
    "CHANGELOG.md": "changelog.md",
}
"""By its file in the repository, the page that it is."""
_FILES: Final = {page: file for file, page in PAGES.items()}
_FENCE: Final = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_BAR: Final = re.compile(r"\\\|(?=[^`|\n]*`[^`\n]*\|)")
"""One in the code of a table, which is escaped where the files are read, and would show as it stands here."""
_LINK: Final = re.compile(r"(?<=\]\()([^)\s#:]+)(?=[)#])")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Those of docs/, the pages that stand elsewhere, and what all of them link to."""
    root = _root(config)
    for file, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(root / file)))
    for one in list(files.documentation_pages()):
        home = _home(one.src_uri)
        for link in _LINK.findall(_FENCE.sub("", one.content_string)):
            target = _target(home, link)
            if (root / target).is_file() and files.get_file_from_path(_uri(target)) is None:
                files.append(File.generated(config, _uri(target), abs_src_path=str(root / target)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """The links as they are between pages. In the repository they are between files."""
    root, home = _root(config), _home(page.file.src_uri)

    def moved(link: re.Match[str]) -> str:
        target = _target(home, link[0])
        if not (root / target).is_file():
            return link[0]
        return os.path.relpath(_uri(target), PurePosixPath(page.file.src_uri).parent)

    parts = re.split(f"({_FENCE.pattern})", markdown, flags=_FENCE.flags)
    return "".join(
        part if part.lstrip().startswith("```") else _BAR.sub("|", _LINK.sub(moved, part)) for part in parts
    )


def _root(config: MkDocsConfig) -> Path:
    return Path(config.docs_dir).parent


def _home(page: str) -> str:
    """The file in the repository that this page is."""
    return _FILES.get(page, f"docs/{page}")


def _target(home: str, link: str) -> str:
    """The file in the repository that a link in one of its files leads to."""
    return os.path.normpath(PurePosixPath(home).parent / link)


def _uri(file: str) -> str:
    """Where the site has this file of the repository."""
    return PAGES.get(file) or (
        file.removeprefix("docs/") if file.startswith("docs/") else f"repository/{file}"
    )
