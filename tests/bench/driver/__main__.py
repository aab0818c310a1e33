"""The bench as a command: see run.sh, which builds everything and starts this."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Callable, Sequence

from . import busy_poll, client, costs, loads, machine, report, scale, size, workloads
from .bench import Bench, Part, choose_cores, raise_descriptor_limit
from .candidates import BASE, SERVER_NAMES, Programs

PARTS: dict[str, Callable[[Bench], Part]] = {
    "workloads": workloads.run,
    "scale": scale.run,
    "busy-poll": busy_poll.run,
    "client": client.run,
    "load": loads.run,
    "size": size.run,
    "costs": costs.run,
}
# A busy machine can keep a process from its core for a third of a second: one longer round bears it better than two.
ROUNDS, QUICK_ROUNDS = 5, 1
SECONDS, QUICK_SECONDS = 2.0, 0.6


def names_from(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        names = tuple(text.split(","))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(known)}")
        return names
    return read


def at_least(least: float, kind: Callable[[str], float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = kind(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"'{text}' is below {least:g}")
        return value
    return read


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.sh", description="Measures the library beside other servers and loads.")
    parser.add_argument("--build", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="a test of the bench itself: short, and says little")
    parser.add_argument("--rounds", type=at_least(1, int), help=f"rounds of each row ({ROUNDS})")
    parser.add_argument("--seconds", type=at_least(0.2, float), help=f"measured in each round ({SECONDS:g})")
    parser.add_argument("--only", type=names_from(list(PARTS)), default=tuple(PARTS), metavar="PART,...",
                        help=f"of {', '.join(PARTS)}")
    parser.add_argument("--servers", type=names_from(SERVER_NAMES), default=SERVER_NAMES, metavar="NAME,...",
                        help=f"of {', '.join(SERVER_NAMES)}")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="where the report goes (report/ in the build)")
    return parser.parse_args(words)


def bench_from(options: argparse.Namespace, programs: Programs, missing: dict[str, str]) -> Bench:
    server_core, client_core = choose_cores()
    return Bench(
        programs=programs,
        servers=tuple(name for name in SERVER_NAMES if name in (BASE, *options.servers) and name not in missing),
        rounds=int(options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)),
        seconds=options.seconds or (QUICK_SECONDS if options.quick else SECONDS),
        is_quick=options.quick,
        most_connections=raise_descriptor_limit(),
        server_core=server_core,
        client_core=client_core)


def end_on_signal(number: int, _frame: object) -> None:
    """As an exception it passes through every block that ends a process."""
    sys.exit(128 + number)


def main(words: Sequence[str]) -> int:
    options = arguments(words)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end_on_signal)
    sources = Path(__file__).resolve().parent.parent
    programs = Programs(options.build.resolve(), sources)
    missing = programs.missing_servers((BASE, *options.servers))
    known = machine.facts(sources)
    bench = bench_from(options, programs, missing)
    if bench.client_core is not None:
        # What the driver itself does, it does beside the client: the server's core is the server's.
        os.sched_setaffinity(0, {bench.client_core})
    parts = [PARTS[name](bench) for name in PARTS if name in options.only]
    folder = options.output or options.build / "report"
    return report.publish(bench, folder, known, missing, parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
