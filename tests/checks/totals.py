#!/usr/bin/env python3
"""Adds up the logs of `meson test`, and says of each test that failed or was skipped which it was and why.

A program of several tests (one that prints TAP or Check's summary) counts as that many. The last line is
"N passed, N failed, N skipped". The exit status is 1 when a test failed or none was executed.

usage: totals.py TESTLOG.json...
"""

import json
import re
import sys
from collections import Counter

TAP_PLAN = re.compile(r"^1\.\.\d+(?: # SKIP ?(.*))?", re.MULTILINE | re.IGNORECASE)
TAP_RESULT = re.compile(r"^(not )?ok\b ?([^#\n]*)(?:# (\w+) ?(.*))?", re.MULTILINE)
CHECK_SKIPPED = re.compile(r"^skipped: (.*)", re.MULTILINE)
CHECK_FAILURE = re.compile(r"^[^\s:]+:-?\d+:[FES]:(.*)", re.MULTILINE)  # S: in what is done before or after each test
FAULT_FAILURE = re.compile(r"^(?:NOT CLEAN|NEVER MET): .*", re.MULTILINE)  # what tests/faults/faults says of its runs
CHECK_SUMMARY = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.MULTILINE)


def tap_results(output):
    """Yields (outcome, text) for each line of TAP that is a result."""
    for bad, name, directive, reason in TAP_RESULT.findall(output):
        if directive.upper() == "SKIP":
            yield "skipped", f"{name.strip(' -')}: {reason}"
        elif bad and directive.upper() != "TODO":
            yield "failed", name.strip(" -")
        else:
            yield "passed", name.strip(" -")


def check_results(output, errors_output):
    """The same for the summaries that Check prints. Check cannot skip: a test that could not be made says so itself."""
    skipped = CHECK_SKIPPED.findall(output + "\n" + errors_output)
    yield from [("skipped", reason) for reason in skipped]
    passed = -len(skipped)
    for checks, failures, errors in CHECK_SUMMARY.findall(output):
        passed += int(checks) - int(failures) - int(errors)
    yield from [("failed", failure) for failure in CHECK_FAILURE.findall(output) + FAULT_FAILURE.findall(output)]
    yield from [("passed", "")] * passed


def last_line(test):
    lines = (test.get("stdout", "") + "\n" + test.get("stderr", "")).split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "no reason given")


def results(test):
    """The results in one entry of a log: those of its parts, or its own where it has none."""
    output = test.get("stdout", "")
    plan = TAP_PLAN.search(output)
    parts = list(tap_results(output)) if plan else list(check_results(output, test.get("stderr", "")))
    if test["result"] == "SKIP" and not parts:
        return [("skipped", plan.group(1) if plan else last_line(test))]
    if test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and all(outcome != "failed" for outcome, _ in parts):
        parts.append(("failed", f"{test['result'].lower()}: {last_line(test)}"))
    return parts or [("passed", "")]


def tests_in(path):
    with open(path, encoding="utf-8") as log:
        return [json.loads(line) for line in log]


def main(paths):
    found = Counter()
    for test in (test for path in paths for test in tests_in(path)):
        for outcome, text in results(test):
            found[outcome, "" if outcome == "passed" else f"{test['name']}: {text}"] += 1
    for wanted in ("skipped", "failed"):
        for (outcome, text), times in found.items():
            if outcome == wanted:
                print(f"{outcome}: {text}" + (f" ({times} times)" if times > 1 else ""))
    total = Counter()
    for (outcome, _), times in found.items():
        total[outcome] += times
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
