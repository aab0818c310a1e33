#!/usr/bin/env python3
"""What the guide shows is true: its code is the programs', and what it says that they print they do print.

A block of C names its file after the language (```c blocking.c). The blocks of one file, in the order of the chapters
and with an empty line between two, are the whole file. A block of text that has a name (```text blocking) is what that
program prints; a number in angle brackets in it, such as <40123>, stands for any number.

usage: guide.py code GUIDE_FOLDER PROGRAMS_FOLDER
       guide.py output GUIDE_FOLDER NAME PROGRAM
"""

import difflib
import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN_SECONDS_MAX = 60


def chapters(guide):
    """The chapters in the order in which they are read."""
    return sorted(guide.glob("[0-9]*.md"))


def blocks(guide, language):
    """Yields (chapter, name, text) for each block in a language."""
    for chapter in chapters(guide):
        for found, name, text in BLOCK.findall(chapter.read_text(encoding="utf-8")):
            if found == language:
                yield chapter.name, name, text


def difference(expected, actual, expected_name, actual_name):
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), expected_name, actual_name, lineterm="")
    return "\n".join(lines)


def faults_of_code(guide, programs):
    shown = {}
    for chapter, name, text in blocks(guide, "c"):
        if not name:
            yield f"{chapter}: a block of C that names no file:\n{text}"
        shown.setdefault(name, []).append(text)
    files = {path.name: path.read_text(encoding="utf-8") for path in programs.glob("*.[ch]")}
    if not files:
        yield f"there are no programs in {programs}"
    for name in sorted(files.keys() | shown.keys()):
        text = "\n".join(shown.get(name, []))
        if text != files.get(name):
            yield difference(files.get(name, ""), text, f"the file {name}", "what the guide shows of it")


def faults_of_outputs(guide, programs):
    """Each program's output is shown once, and nobody else's."""
    shown = sorted(name for _, name, _ in blocks(guide, "text") if name)
    expected = sorted(path.stem for path in programs.glob("*.c") if not path.with_suffix(".h").exists())
    if shown != expected:
        yield f"the outputs that are shown are {shown}, but the programs {expected}"


def pattern(shown):
    """The output as a regular expression, in which <40123> is any number."""
    return re.sub(r"<\d+>", r"\\d+", re.escape(shown))


def faults_of_output(guide, name, program):
    shown = [text for _, shown_name, text in blocks(guide, "text") if shown_name == name]
    if len(shown) != 1:
        yield f"the guide shows the output of {name} {len(shown)} times"
        return
    run = subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False,
                         timeout=RUN_SECONDS_MAX)
    if run.returncode != 0:
        yield f"{name} ended with status {run.returncode}, having printed:\n{run.stdout}"
    elif not re.fullmatch(pattern(shown[0]), run.stdout):
        yield difference(shown[0], run.stdout, "what the guide shows", f"what {name} printed")


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "code":
        guide, programs = Path(arguments[1]), Path(arguments[2])
        faults = [*faults_of_code(guide, programs), *faults_of_outputs(guide, programs)]
    elif len(arguments) == 4 and arguments[0] == "output":
        faults = list(faults_of_output(Path(arguments[1]), arguments[2], arguments[3]))
    else:
        sys.exit(__doc__)
    for fault in faults:
        print(f"guide.py: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
