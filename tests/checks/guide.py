#!/usr/bin/env python3
"""What the guide shows is true: its code is the programs, and what it says that they print they do print.

A block of C names its file after the language (```c blocking.c). The blocks of one file, in the order of the chapters
and with an empty line between two, are the whole file. A block of text that has a name (```text blocking) is what that
program prints; a number in angle brackets in it, such as <40123>, stands for any number.

usage: guide.py code GUIDE_FOLDER PROGRAMS_FOLDER
       guide.py output GUIDE_FOLDER NAME PROGRAM
"""

import itertools
import re
import sys

sys.dont_write_bytecode = True  # no folder of Python's beside the tests

from pathlib import Path

from shown import blocks, difference, faults_of_output, named, report


def chapters(guide):
    """The chapters in the order in which they are read."""
    return sorted(guide.glob("[0-9]*.md"))


def faults_of_code(guide, programs):
    shown = {}
    for chapter in chapters(guide):
        for block in blocks(chapter, "c"):
            if not block.name:
                yield f"{chapter.name}: a block of C that names no file:\n{block.text}"
            shown.setdefault(block.name, []).append(block.text)
    files = {path.name: path.read_text(encoding="utf-8") for path in programs.glob("*.[ch]")}
    if not files:
        yield f"there are no programs in {programs}"
    for name in sorted(files.keys() | shown.keys()):
        text = "\n".join(shown.get(name, []))
        if text != files.get(name):
            yield difference(files.get(name, ""), text, f"the file {name}", "what the guide shows of it")


def faults_of_outputs(guide, programs):
    """Each program's output is shown once, and nobody else's."""
    shown = sorted(block.name for chapter in chapters(guide) for block in blocks(chapter, "text") if block.name)
    expected = sorted(path.stem for path in programs.glob("*.c") if not path.with_suffix(".h").exists())
    if shown != expected:
        yield f"the outputs that are shown are {shown}, but the programs {expected}"


def faults_of_terminals(guide):
    """What a terminal shows of a program is what its own chapter shows, but for the numbers."""
    for page in sorted(guide.glob("*.md")):
        for block in blocks(page, "console"):
            for name, output in re.findall(r"^\$ \S*/guide-(\S+)\n((?:[^$].*\n)*)", block.text, re.MULTILINE):
                shown = [re.sub(r"<\d+>", "<0>", text) for text in named(chapters(guide), "text", name)]
                if shown != [re.sub(r"<\d+>", "<0>", output)]:
                    yield f"{page.name}: a terminal shows this of {name}, its chapter does not:\n{output}"


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "code":
        guide, programs = Path(arguments[1]), Path(arguments[2])
        faults = [faults_of_code(guide, programs), faults_of_outputs(guide, programs), faults_of_terminals(guide)]
        return report(itertools.chain(*faults))
    if len(arguments) == 4 and arguments[0] == "output":
        return report(faults_of_output(chapters(Path(arguments[1])), arguments[2], arguments[3]))
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
