#!/usr/bin/env python3
"""No line of a Markdown file is longer than 120 columns, but for what cannot be wrapped: a row of a table, a line of a
block of code, and a single word, such as a link.

usage: columns.py FILE_OR_FOLDER...
"""

import sys
from pathlib import Path

COLUMNS_MAX = 120


def can_be_wrapped(line):
    return not line.startswith("|") and len(line.removeprefix("- ").split()) > 1


def long_lines(path):
    """Yields (number, columns)."""
    in_code = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code and len(line) > COLUMNS_MAX and can_be_wrapped(line):
            yield number, len(line)


def markdown_files(names):
    for name in map(Path, names):
        yield from sorted(name.rglob("*.md")) if name.is_dir() else [name]


def main(arguments):
    files = list(markdown_files(arguments))
    if not files:
        sys.exit(__doc__)
    faults = [f"{path}:{number}: {columns} columns" for path in files for number, columns in long_lines(path)]
    for fault in faults:
        print(f"columns.py: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
