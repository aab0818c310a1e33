"""The part `scale`: what a connection costs, and what an echo costs beside many others that are open."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path
from typing import Sequence

from .bench import Bench, Part
from .candidates import BASE
from .figures import Series, Turn, spread_of
from .load import Workload
from .processes import ProcessError, Server, attempt, cpu_clock_of
from .tables import Table, failure_note, median
from .workloads import add_row_failures, summary

COUNTS = (10, 100, 1000, 10000, 19000)
QUICK_COUNTS = (100,)
SIZE = 512
BATCH = 64
TIMEOUT_S = 20.0
# Below this, the page that the heap grows by is most of what is seen.
LEAST_TO_TELL_MEMORY = 1000
CONNECTIONS_OF_AN_ADDRESS = 5000
IP_BIND_ADDRESS_NO_PORT = 24
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

FIGURES = ("open_us", "open_server_cpu_us", "memory_bytes", "echo_us", "server_cpu_us", "client_busy")
COMPARED = ("open_us", "open_server_cpu_us", "echo_us", "server_cpu_us")


def resident_bytes(process_id: int) -> int:
    """Memory of the process's own: heap and stacks, not the files that it maps."""
    for line in Path(f"/proc/{process_id}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise ProcessError("the kernel does not tell the memory of a process")


def connect(server: Server, number: int) -> socket.socket:
    """From a loopback address of its own for some thousands, so that no time goes into the search for a free port."""
    connection = socket.socket()
    try:
        connection.settimeout(TIMEOUT_S)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        connection.bind((f"127.0.0.{2 + number // CONNECTIONS_OF_AN_ADDRESS}", 0))
        connection.connect((server.host, server.port))
    except BaseException:
        connection.close()
        raise
    return connection


def open_batch(server: Server, first: int, count: int) -> list[socket.socket]:
    """Opens connections and sees a byte echoed on each, so that the server has them too."""
    batch: list[socket.socket] = []
    try:
        for number in range(first, first + count):
            batch.append(connect(server, number))
            batch[-1].send(b"?")
        if any(connection.recv(2) != b"?" for connection in batch):
            raise ProcessError("the first byte of a connection did not come back")
    except BaseException:
        close(batch)
        raise
    return batch


def close(connections: Sequence[socket.socket]) -> None:
    """With a reset, so that no port is left waiting."""
    for connection in connections:
        connection.close()


def open_many(server: Server, count: int) -> dict[str, float]:
    clock = cpu_clock_of(server.id)
    # The first one is not counted: with it comes what the server has only once.
    connections = open_batch(server, 0, 1)
    before_bytes, before_cpu_ns = resident_bytes(server.id), time.clock_gettime_ns(clock)
    begin_ns = time.monotonic_ns()
    try:
        while len(connections) <= count:
            connections += open_batch(server, len(connections), min(BATCH, count + 1 - len(connections)))
        elapsed_ns = time.monotonic_ns() - begin_ns
        cpu_ns = time.clock_gettime_ns(clock) - before_cpu_ns
        grown_bytes = resident_bytes(server.id) - before_bytes
    finally:
        close(connections)
    figures = {"open_us": elapsed_ns / 1e3 / count, "open_server_cpu_us": cpu_ns / 1e3 / count,
               "open_all_ms": elapsed_ns / 1e6}
    return figures | ({"memory_bytes": grown_bytes / count} if count >= LEAST_TO_TELL_MEMORY else {})


def measure_scale(bench: Bench, name: str, count: int) -> dict[str, float]:
    with Server(bench.server_command(name), bench.server_core) as server:
        opened = open_many(server, count)
        server.finish()
    echoed = bench.engine(name, Workload(count, SIZE))
    if echoed.failure is not None:
        raise ProcessError(echoed.failure)
    return opened | echoed.figures | {"echo_us": 1e6 / echoed.figures["rate_per_s"]}


def turn(bench: Bench, name: str, count: int) -> Turn:
    return attempt(lambda: measure_scale(bench, name, count))


COLUMNS = ("connections", "server", "open us", "CPU us/open", "all open ms", "bytes each", "us/echo", "CPU us/echo")


def add_rows(table: Table, count: int, series: Series) -> None:
    for name, turns in series.items():
        figures = [spread_of(turns, key) for key in ("open_us", "open_server_cpu_us", "open_all_ms", "memory_bytes",
                                                     "echo_us", "server_cpu_us")]
        table.add([f"{count:,}", name] + [median(figure) for figure in figures], failure_note(turns))


def run(bench: Bench) -> Part:
    part = Part("scale", f"Scale: {SIZE}-byte echoes on every connection, one in flight on each")
    table = Table("open: until a byte came back; CPU: the server's; bytes: what its own memory grew by, idle", COLUMNS)
    for count in QUICK_COUNTS if bench.is_quick else COUNTS:
        if count > bench.most_connections:
            part.remarks.append(f"{count:,} connections are left out: {bench.most_connections:,} are the limit here.")
            continue
        series = bench.interleave(f"{count:,} connections", bench.with_base(), lambda name: turn(bench, name, count))
        add_rows(table, count, series)
        add_row_failures(part, f"{count:,} connections", series)
        part.data[str(count)] = {name: summary(turns, series.get(BASE, []), FIGURES, COMPARED)
                                 for name, turns in series.items()}
    part.tables.append(table)
    return part
