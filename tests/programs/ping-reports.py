#!/usr/bin/env python3
"""Reads back what sockecho-client -n --json prints, for ping-reports.sh. Ends with 1 and a reason where something is wrong.

usage: ping-reports.py FILE EXPRESSION...    the file is a JSON object a line, with a start, a summary at the end and known
                                             keys; of them the expressions are true, in terms of start, replies, errors,
                                             summaries, summary (the last one) and is_nearest_rank(FIGURE, RANK)
       ping-reports.py keys FILE             prints every key in the file, a line each
"""
import json
import sys

COMMON = ["event", "unix_time_s"]
KEYS = {
    "start": ["host", "port", "unix_path", "ip_version", "count", "interval_s", "timeout_s", "size_bytes", "fill"],
    "reply": ["sequence", "peer", "size_bytes", "rtt_us"],
    "error": ["sequence", "lost", "error", "reason", "mismatch_offset_bytes"],
    "summary": ["final", "stopped_by_signal", "elapsed_s", "sent", "returned", "lost", "refused", "timed_out", "reset",
                "short", "mismatch", "interrupted", "rtt_min_us", "rtt_mean_us", "rtt_p50_us", "rtt_p90_us",
                "rtt_p99_us", "rtt_p99_9_us", "rtt_max_us", "ok"],
}
LOSSES = ["refused", "timed_out", "reset", "short", "mismatch", "interrupted"]


def expect(is_so, what):
    if not is_so:
        sys.exit(f"not so: {what}")


def refuse_constant(name):
    sys.exit(f"no JSON: {name}")


def read_event(line):
    event = json.loads(line, parse_constant=refuse_constant)
    expect(list(event) == COMMON + KEYS[event["event"]], f"{event} has the keys of its kind")
    return event


def read_events(path):
    with open(path, encoding="ascii") as file:
        text = file.read()
    expect(text.endswith("\n"), "the last line ends")
    return [read_event(line) for line in text.split("\n")[:-1]]


def of_kind(events, kind):
    return [event for event in events if event["event"] == kind]


def check_sums(summary):
    expect(summary["lost"] == sum(summary[loss] for loss in LOSSES), f"the losses of {summary} add up")
    expect(not summary["final"] or summary["sent"] == summary["returned"] + summary["lost"], f"{summary} adds up")


def check_events(events):
    summaries = of_kind(events, "summary")
    expect(events[0]["event"] == "start" and len(of_kind(events, "start")) == 1, "one start, at the beginning")
    expect([event["final"] for event in summaries] == [False] * (len(summaries) - 1) + [True], "one final summary")
    expect(events[-1] is summaries[-1], "it is the last line")
    for summary in summaries:
        check_sums(summary)
    expect(len(of_kind(events, "reply")) == summaries[-1]["returned"], "a line for each reply")
    expect(sum(error["lost"] is not None for error in of_kind(events, "error")) == summaries[-1]["lost"], "and each loss")


def is_nearest_rank(replies):
    """Whether a figure is the round trip of this rank, counted from the fastest as 1, or at most 0.1 % more."""
    rtts_us = sorted(reply["rtt_us"] for reply in replies)
    return lambda figure_us, rank: rtts_us[rank - 1] - 0.001 <= figure_us <= rtts_us[rank - 1] * 1.001 + 0.001


def check(path, *expressions):
    events = read_events(path)
    check_events(events)
    replies = of_kind(events, "reply")
    names = {"start": events[0], "summary": events[-1], "summaries": of_kind(events, "summary"),
             "replies": replies, "is_nearest_rank": is_nearest_rank(replies), "errors": of_kind(events, "error")}
    for expression in expressions:
        expect(eval(expression, names), f"{expression} of {events}")


def print_keys(path):
    for key in sorted({key for event in read_events(path) for key in event}):
        print(key)


if sys.argv[1] == "keys":
    print_keys(sys.argv[2])
else:
    check(*sys.argv[1:])
