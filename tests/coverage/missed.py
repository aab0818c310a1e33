#!/usr/bin/env python3
"""Lists what no test reached: a line for each line of code, with its branches, from the JSON that gcovr writes.

usage: missed.py JSON SOURCE_FOLDER
"""
import json
import pathlib
import sys


def missed_in(file, source):
    for line in file["lines"]:
        if line.get("gcovr/noncode") or line.get("gcovr/excluded"):
            continue
        branches = line.get("branches", [])
        missed = sum(1 for branch in branches if branch["count"] == 0)
        if line["count"] == 0 or missed:
            text = source[line["line_number"] - 1].strip()
            what = "never" if line["count"] == 0 else f"{missed} of {len(branches)} branches"
            yield f"{file['file']}:{line['line_number']}: {what}: {text}"


def main():
    report, root = json.loads(pathlib.Path(sys.argv[1]).read_text()), pathlib.Path(sys.argv[2])
    count = 0
    for file in report["files"]:
        source = (root / file["file"]).read_text().splitlines()
        for line in missed_in(file, source):
            print(line)
            count += 1
    print(f"{count} lines with something that no test reached")


if __name__ == "__main__":
    main()
