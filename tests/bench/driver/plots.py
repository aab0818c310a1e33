"""The report as pictures: SVG by gnuplot, on a white ground, so that they can be read in a dark page too."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any, Optional, Sequence

from .candidates import BASE, OURS, SERVER_NAMES
from .processes import ProcessError

# Colours that people who see few of them can tell apart too.
COLOURS = {OURS: "#0072b2", BASE: "#555555", "libuv": "#e69f00", "libevent": "#009e73", "io-uring": "#7b3294",
           "asio": "#d55e00", "go": "#56b4e9", "node": "#cc79a7", "asyncio": "#b8a800"}
HIGHEST_RATE_RATIO = 1.5
HIGHEST_COST_RATIO = 4.0
GAP = 2
ERROR_BARS = "set errorbars 0.4 linecolor rgb '#222222'"
MISSING = "?"

PANELS = (("open_us", "time to open a connection"), ("echo_us", "time an echo"),
          ("server_cpu_us", "CPU of the server an echo"))

Data = dict[str, Any]


def heading(width: int, height: int) -> list[str]:
    return [f"set terminal svg size {width},{height} background '#ffffff' font 'sans-serif,13'",
            f"set datafile missing '{MISSING}'", "set border 3", "set tics nomirror", "set grid ytics lc '#dddddd'"]


def quoted(text: str) -> str:
    return '"' + text.replace('"', "") + '"'


def cell(found: Optional[Data], key: str) -> str:
    return f"{found[key]:.6g}" if found else MISSING


def spread_cells(found: Optional[Data]) -> list[str]:
    return [cell(found, key) for key in ("median", "least", "most")]


def block(name: str, rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"${name} << END", *(" ".join(row) for row in rows), "END"]


def names_in(data: Data) -> list[str]:
    """The servers that any row tells of, in their order everywhere."""
    found = {name for row in data.values() for name in row}
    return [name for name in SERVER_NAMES if name in found]


def short(workload: str) -> str:
    return workload.replace(", ", "\\n").replace(" in flight", " deep")


def clipped_labels(data: Data, names: Sequence[str], key: str, most: float) -> list[str]:
    """Where a bar ends at the edge of the picture, its value."""
    labels = []
    for x, row in enumerate(data.values()):
        for position, name in enumerate(names):
            found = row.get(name, {}).get(key)
            if found and found["median"] > most:
                at = x + (position - (len(names) - 1) / 2) / (len(names) + GAP)
                labels.append(f"set label {quoted(format(found['median'], '.1f'))} at {at:.4f},{most * 0.98:.4f} "
                              "right rotate by 90 font ',9' front")
    return labels


def ratios_script(data: Data, key: str, title: str, axis: str, most: float) -> list[str]:
    names = names_in(data)
    lines = heading(1180, 460)
    for number, name in enumerate(names):
        rows = [[quoted(short(workload)), *spread_cells(row.get(name, {}).get(key))] for workload, row in data.items()]
        lines += block(f"server{number}", rows)
    lines += [f"set title {quoted(title)}", f"set ylabel {quoted(axis)}", f"set yrange [0:{most}]",
              f"set style histogram errorbars gap {GAP} lw 1", "set style data histograms", ERROR_BARS,
              f"set xrange [-0.7:{len(data) - 0.3}]", "set bmargin 5", "set xlabel 'workload: connections x message'",
              "set style fill solid 0.9 noborder", "set key outside right top Left reverse",
              "set xtics font ',11' scale 0",
              "set arrow from graph 0,first 1 to graph 1,first 1 nohead lc '#000000' lw 1",
              *clipped_labels(data, names, key, most)]
    parts = [f"$server{number} using 2:3:4:xtic(1) title {quoted(name)} lc rgb '{COLOURS[name]}'"
             for number, name in enumerate(names)]
    return lines + ["plot " + ", ".join(parts)]


def scale_panel(data: Data, key: str, title: str) -> list[str]:
    names = names_in(data)
    lines: list[str] = []
    for number, name in enumerate(names):
        rows = [[count, *spread_cells(row.get(name, {}).get(key))] for count, row in data.items()]
        lines += block(f"server{number}", rows)
    parts = [f"$server{number} using 1:2:3:4 with yerrorlines title {quoted(name)} lw 2 pt 7 ps 0.5 "
             f"lc rgb '{COLOURS[name]}'" for number, name in enumerate(names)]
    return lines + [f"set title {quoted(title)}", "plot " + ", ".join(parts)]


def scale_script(data: Data) -> list[str]:
    lines = heading(1180, 400) + ["set logscale x", "set xrange [8:24000]", "set xlabel 'connections'",
                                  "set yrange [0:*]", "set errorbars 0.5",
                                  "set key bottom left", "set ylabel 'microseconds'", "set format x '%.0f'",
                                  "set xtics font ',11'"]
    lines += ["set multiplot layout 1,3 title 'What a connection and an echo cost beside others'"]
    for key, title in PANELS:
        lines += scale_panel(data, key, title)
    return lines + ["unset multiplot"]


def busy_poll_script(data: Data) -> list[str]:
    rows = [[quoted(who), *spread_cells(row.get("p50_us")), *spread_cells(row.get("p99_us"))]
            for who, row in data.items()]
    lines = heading(720, 400) + block("sides", rows)
    lines += ["set title 'Round trip of 64 bytes over one connection, by who polls without sleeping'",
              "set ylabel 'microseconds'", "set yrange [0:*]", "set style histogram errorbars gap 1 lw 1",
              "set style data histograms", ERROR_BARS, "set style fill solid 0.9 noborder", "set xtics scale 0",
              "set key top right", f"set xrange [-0.7:{len(data) - 0.3}]", "set xlabel 'who polls'"]
    return lines + [f"plot $sides using 2:3:4:xtic(1) title 'p50' lc rgb '{COLOURS[OURS]}', "
                    f"$sides using 5:6:7 title 'p99' lc rgb '{COLOURS['libuv']}', "
                    "$sides using ($0-0.17):4:(sprintf('%.0f', $2)) with labels offset 0,0.6 notitle, "
                    "$sides using ($0+0.17):7:(sprintf('%.0f', $5)) with labels offset 0,0.6 notitle"]


def scripts(data_of_parts: dict[str, Data]) -> dict[str, list[str]]:
    """The pictures that the parts which were run allow, by the name of their file."""
    found: dict[str, list[str]] = {}
    if data_of_parts.get("workloads"):
        data = data_of_parts["workloads"]
        found["throughput.svg"] = ratios_script(
            data, "rate_per_s_ratio", "Throughput beside the bare epoll loop (more is better)",
            "ratio to bare-epoll", HIGHEST_RATE_RATIO)
        found["cpu.svg"] = ratios_script(
            data, "server_cpu_us_ratio", "CPU of the server an echo beside the bare epoll loop (less is better)",
            "ratio to bare-epoll", HIGHEST_COST_RATIO)
    if data_of_parts.get("scale"):
        found["scale.svg"] = scale_script(data_of_parts["scale"])
    if data_of_parts.get("busy-poll"):
        found["busy-poll.svg"] = busy_poll_script(data_of_parts["busy-poll"])
    return found


def draw(folder: Path, data_of_parts: dict[str, Data]) -> Optional[str]:
    """Returns why there is no picture, or nothing when all are drawn. A picture that fails is an error."""
    if shutil.which("gnuplot") is None:
        return "There are no plots: gnuplot is not installed (Debian: gnuplot-nox)."
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in scripts(data_of_parts).items():
        result = subprocess.run(["gnuplot", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True,
                                timeout=60, check=False)
        if result.returncode != 0 or result.stderr.strip():
            reason = (result.stderr.strip() or "gnuplot failed").splitlines()[-1]
            raise ProcessError(f"{name} could not be drawn: {reason}")
        (folder / name).write_text(result.stdout, encoding="utf-8")
    return None
