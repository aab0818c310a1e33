#!/usr/bin/env python3
"""What a page in Markdown shows: its blocks, and whether a program prints what they say that it prints.

A block begins with three backticks, its language and, after a blank, its name where it has one: ```text blocking.

usage: shown.py block PAGE LANGUAGE NAME    prints the block
       shown.py output PAGE NAME PROGRAM    the program prints the page's block of text of this name; a number in angle
                                            brackets in it, such as <40123>, stands for any number
"""

import difflib
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN_SECONDS_MAX = 60


class Block(NamedTuple):
    name: str
    text: str
    line: int  # of the page, where the block begins


def blocks(page, language):
    """The blocks of a page in a language."""
    text = page.read_text(encoding="utf-8")
    return [Block(found[2] or "", found[3], text.count("\n", 0, found.start()) + 1)
            for found in BLOCK.finditer(text) if found[1] == language]


def named(pages, language, name):
    return [block.text for page in pages for block in blocks(page, language) if block.name == name]


def difference(expected, actual, expected_name, actual_name):
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), expected_name, actual_name, lineterm="")
    return "\n".join(lines)


def pattern(shown):
    """The output as a regular expression, in which <40123> is any number."""
    return re.sub(r"<\d+>", r"\\d+", re.escape(shown))


def faults_of_output(pages, name, program):
    shown = named(pages, "text", name)
    if len(shown) != 1:
        yield f"the output of {name} is shown {len(shown)} times"
        return
    run = subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False,
                         timeout=RUN_SECONDS_MAX)
    if run.returncode != 0:
        yield f"{name} ended with status {run.returncode}, having printed:\n{run.stdout}"
    elif not re.fullmatch(pattern(shown[0]), run.stdout):
        yield difference(shown[0], run.stdout, "what is shown", f"what {name} printed")


def report(faults):
    """The exit status."""
    faults = list(faults)
    for fault in faults:
        print(f"{Path(sys.argv[0]).name}: {fault}", file=sys.stderr)
    return 1 if faults else 0


def print_block(page, language, name):
    found = named([page], language, name)
    if len(found) != 1:
        return report([f"{page} has {len(found)} blocks of {language} that are named {name}"])
    sys.stdout.write(found[0])
    return 0


def main(arguments):
    if len(arguments) == 4 and arguments[0] == "block":
        return print_block(Path(arguments[1]), *arguments[2:])
    if len(arguments) == 4 and arguments[0] == "output":
        return report(faults_of_output([Path(arguments[1])], *arguments[2:]))
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
