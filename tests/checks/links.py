#!/usr/bin/env python3
"""Every link in a Markdown file leads somewhere: to a file that is there and, with an anchor, to a heading in it.

Links to other places of the web are not followed. cmark-gfm reads the Markdown, so that what looks like a link in a
block of code is none. Anchors are those that GitHub and its like make of headings.

usage: links.py ROOT FILE_OR_FOLDER...      no link may lead out of the folder ROOT
"""

import re
import shutil
import subprocess
import sys
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

SKIPPED = 77


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, html):
        super().__init__()
        self.links = []
        self.anchors = set()
        self.heading = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.links += [attributes[name] for name in ("href", "src") if attributes.get(name)]
        if "id" in attributes:
            self.anchors.add(attributes["id"])
        if re.fullmatch("h[1-6]", tag):
            self.heading = ""

    def handle_data(self, data):
        if self.heading is not None:
            self.heading += data

    def handle_endtag(self, tag):
        if re.fullmatch("h[1-6]", tag):
            self.add_anchor(re.sub(r"[^\w\- ]", "", self.heading.strip().lower()).replace(" ", "-"))
            self.heading = None

    def add_anchor(self, anchor):
        """The second heading of the same name gets -1, the third -2."""
        names = [anchor] + [f"{anchor}-{number}" for number in range(1, len(self.anchors) + 1)]
        self.anchors.add(next(name for name in names if name not in self.anchors))


@lru_cache(maxsize=None)
def page(path):
    command = ["cmark-gfm", "--unsafe", "--extension", "table", "--to", "html", str(path)]
    return Page(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def fault(root, path, link):
    """What is wrong with a link, or None."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(root):
        return "leads out of the folder"
    if not target.exists():
        return "leads nowhere"
    if parts.fragment and (target.suffix != ".md" or parts.fragment not in page(target).anchors):
        return "names an anchor that is not there"
    return None


def markdown_files(names):
    for name in map(Path, names):
        yield from sorted(name.rglob("*.md")) if name.is_dir() else [name]


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    if not shutil.which("cmark-gfm"):
        print("links.py: cmark-gfm is not installed", file=sys.stderr)
        return SKIPPED
    root = Path(arguments[0]).resolve()
    files = [path.resolve() for path in markdown_files(arguments[1:])]
    links = [(path, link) for path in files for link in page(path).links]
    faults = [f"{path}: {link} {fault(root, path, link)}" for path, link in links if fault(root, path, link)]
    if not links:
        faults.append("there is no link in these files")
    for text in faults:
        print(f"links.py: {text}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
