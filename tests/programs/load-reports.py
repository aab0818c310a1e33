#!/usr/bin/env python3
"""Reads back what sockecho-client --load reports, for load.sh. Ends with 1 and a reason where something is wrong.

usage: load-reports.py json FILE EXPRESSION... the file is one JSON object of which the expressions are true
       load-reports.py histogram FILE JSON     the histogram is well-formed and agrees with the report of the same load
       load-reports.py live EXPRESSION COMMAND...
                                               with a terminal as its stderr the command rewrites a line in place; the
                                               expression is true of the lines
"""
import json
import math
import os
import pty
import re
import subprocess
import sys


def expect(is_so, what):
    if not is_so:
        sys.exit(f"not so: {what}")


def refuse_constant(name):
    sys.exit(f"no JSON: {name}")


def read_report(path):
    with open(path, encoding="ascii") as file:
        return json.load(file, parse_constant=refuse_constant)


def check_json(path, *expressions):
    report = read_report(path)
    for expression in expressions:
        expect(eval(expression, {}, report), f"{expression} of {report}")


def next_level(percent):
    """HdrHistogram's own rule, five ticks for each half of the distance to 100 %."""
    halvings = math.floor(math.log2(100 / (100 - percent))) + 1
    return percent + 100 / (5 * 2**halvings)


def check_levels(levels):
    percent = 0
    for level in levels:
        expect(abs(level - percent / 100) < 1e-11, f"a row for {percent} %, not {level}")
        percent = next_level(percent)


def check_rows(rows, report):
    values, levels, counts, inverses = (list(map(float, column)) for column in zip(*rows))
    expect(values == sorted(values), "values do not fall")
    expect(counts == sorted(counts), "counts do not fall")
    for level, count, inverse in zip(levels, counts, inverses):
        expect(count >= level * report["returned"] - 1e-6, f"{count} are {level} of all")
        expect(level == 1 or abs(inverse * (1 - level) - 1) < 0.01, f"{inverse} belongs to {level}")
    check_levels(levels[:-1])
    expect(levels[-1] == 1 and rows[-1][3] == "inf", "the last row is for 100 %")
    expect(counts[-2] == counts[-1] == report["returned"] > counts[-3], "the last but one holds all")
    expect(values[0] == report["rtt_min_us"], "the first value is the minimum")
    expect(values[-1] == report["rtt_max_us"], "the last value is the maximum")
    expect(values[levels.index(0.5)] == report["rtt_p50_us"], "the median")
    expect(values[levels.index(0.9)] == report["rtt_p90_us"], "the 90th percentile")


def check_footer(lines, report):
    number = r" *(\d+\.\d{3})"
    mean = re.fullmatch(rf"#\[Mean    = {number}, StdDeviation   = {number}\]", lines[0])
    most = re.fullmatch(rf"#\[Max     = {number}, Total count    =  *(\d+)\]", lines[1])
    expect(mean and most, f"{lines[:2]} are a footer")
    expect(re.fullmatch(r"#\[Buckets =  *\d+, SubBuckets     =  *\d+\]", lines[2]), f"{lines[2]} is the last line")
    expect(float(mean[1]) == report["rtt_mean_us"], "the mean")
    expect(float(most[1]) == report["rtt_max_us"], "the maximum")
    expect(int(most[2]) == report["returned"], "the count")
    # No deviation is greater than half the range.
    range_us = report["rtt_max_us"] - report["rtt_min_us"]
    expect(0 < float(mean[2]) <= range_us / 2 * 1.002, f"a deviation of {mean[2]} in a range of {range_us}")


def check_histogram(path, report_path):
    report = read_report(report_path)
    with open(path, encoding="ascii") as file:
        lines = file.read().split("\n")
    expect(lines[:2] == ["       Value     Percentile TotalCount 1/(1-Percentile)", ""], "the header")
    expect(lines[-1] == "", "the last line ends")
    check_rows([line.split() for line in lines[2:-4]], report)
    check_footer(lines[-4:-1], report)


def read_to_end(descriptor):
    text = b""
    while True:
        try:
            chunk = os.read(descriptor, 4096)
        except OSError:  # what Linux says when nobody has the terminal open any more
            return text.decode()
        if not chunk:
            return text.decode()
        text += chunk


def check_live(expression, *command):
    master, terminal = pty.openpty()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=terminal) as client:
        os.close(terminal)
        text = read_to_end(master)
        summary = client.stdout.read().decode()
    expect(client.returncode == 0, f"status {client.returncode} is 0")
    lines = text.split("\r")
    expect("\n" not in text, f"{text!r} stays in one line")
    expect(eval(expression, {"re": re}, {"lines": lines}), f"{expression} of {lines}")
    expect(all(len(line) < 80 for line in lines), f"{lines} fits into 80 columns")
    expect(lines[-1] == "" and lines[-2].strip() == "", f"{lines} is gone in the end")
    expect("\r" not in summary and "returned:" in summary, f"{summary!r} is the summary")


{"json": check_json, "histogram": check_histogram, "live": check_live}[sys.argv[1]](*sys.argv[2:])
