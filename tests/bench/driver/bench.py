"""What every part of the bench gets: what to measure, how long, on which cores, and where to say what is going on."""

from __future__ import annotations

import os
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Sequence

from . import load
from .candidates import BASE, MAX_CONNECTIONS, OURS, Programs
from .figures import Series, Turn, interleave
from .tables import Table

SPARE_DESCRIPTORS = 100
CLIENT_LOOKS_US = "1000"


@dataclass
class Part:
    """What one part has to say: tables and remarks for people, data for programs, and what went wrong."""

    name: str
    title: str
    tables: list[Table] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Bench:
    programs: Programs
    servers: tuple[str, ...]
    rounds: int
    seconds: float
    is_quick: bool
    most_connections: int
    server_core: Optional[int]
    client_core: Optional[int]

    @property
    def warmup(self) -> float:
        return min(0.5, self.seconds / 4)

    @property
    def cores(self) -> tuple[Optional[int], Optional[int]]:
        return self.server_core, self.client_core

    def say(self, text: str) -> None:
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def with_base(self) -> tuple[str, ...]:
        """Ours and the bare loop, whichever servers were asked for."""
        return tuple(name for name in (OURS, BASE) if self.programs.server_command(name))

    def server_command(self, name: str, *options: str) -> list[str]:
        command = self.programs.server_command(name, *options)
        assert command is not None, name
        return command

    def engine(self, server: str, workload: load.Workload) -> Turn:
        """One turn of the engine against a new server.

        A client that sleeps gives the server time to sleep too, and then both measure how long a core takes to wake. So
        with more than one connection the client looks for echoes without sleeping, and the server is what is measured.
        """
        options = ("--busy-poll", CLIENT_LOOKS_US) if workload.connections > 1 else ()
        command = load.engine_command(self.programs.client, workload, self.seconds, self.warmup, *options)
        return load.measure_turn(self.server_command(server), command, self.cores, workload, self.seconds)

    def interleave(self, what: str, names: Sequence[str], measure: Callable[[str], Turn]) -> Series:
        begin = time.monotonic()
        series = interleave(names, self.rounds, measure)
        self.say(f"{what}: {self.rounds} x {len(names)} runs in {time.monotonic() - begin:.0f} s")
        return series


def choose_cores() -> tuple[Optional[int], Optional[int]]:
    """One core for the server and one for the client, where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) >= 2 else (None, None)


def raise_descriptor_limit() -> int:
    """Lets this process and its children open as many descriptors as they may; returns for how many connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return MAX_CONNECTIONS if most == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, most) - SPARE_DESCRIPTORS
