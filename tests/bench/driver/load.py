"""One run of a load against a server: what came back, and what each side's processor did meanwhile.

A load says how long it measured, not when. It prints its result after that time, so the measured time lies before the
moment when the result appears, apart from a tail in which its connections are closed. Both processors are read every
20 ms, and the share of a core that a side took is that between two readings well inside the measured time.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

from .figures import Turn, divide
from .processes import Child, ProcessError, Server, attempt, cpu_clock_of

SAMPLE_EVERY_S = 0.02
TAIL_S = 0.05
TAIL_OF_A_CONNECTION_S = 20e-6
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Workload:
    connections: int
    size: int
    depth: int = 1

    @property
    def name(self) -> str:
        size = f"{self.size // 1024} KiB" if self.size % 1024 == 0 else f"{self.size} B"
        deep = f", {self.depth} in flight" if self.depth > 1 else ""
        return f"{self.connections:,} x {size}{deep}"

    def arguments(self) -> list[str]:
        return ["--connections", str(self.connections), "--size", str(self.size), "--depth", str(self.depth)]


@dataclass(frozen=True)
class Sample:
    at_s: float
    server_ns: int
    client_ns: int


@dataclass(frozen=True)
class Shares:
    """How much of one core each side took."""

    server: float
    client: float


def engine_command(client: Path, workload: Workload, seconds: float, warmup: float, *options: str) -> list[str]:
    return [str(client), "--load", "--json", *workload.arguments(), "--duration", f"{seconds:.3f}",
            "--warmup", f"{warmup:.3f}", *options]


def tool_command(tool: Path, workload: Workload, seconds: float) -> list[str]:
    return [str(tool), *workload.arguments(), "--duration", f"{seconds:g}"]


def churn_command(tool: Path, connections: int, seconds: float) -> list[str]:
    return [str(tool), "--connections", str(connections), "--duration", f"{seconds:g}"]


def tail_s(workload: Workload, seconds: float) -> float:
    """How much of the measured time is left out at its end; never more than half."""
    return min(TAIL_S + workload.connections * TAIL_OF_A_CONNECTION_S, seconds / 2)


def shares_between(samples: Sequence[Sample], begin_s: float, end_s: float) -> Optional[Shares]:
    """Between the first and the last reading in that time; where a busy machine left one only, with those beside it."""
    inside = [sample for sample in samples if begin_s <= sample.at_s <= end_s]
    if len(inside) < 2:
        before = [sample for sample in samples if sample.at_s < begin_s]
        after = [sample for sample in samples if sample.at_s > end_s]
        inside = before[-1:] + inside + after[:1]
    if len(inside) < 2:
        return None
    first, last = inside[0], inside[-1]
    elapsed_ns = (last.at_s - first.at_s) * 1e9
    return Shares(divide(last.server_ns - first.server_ns, elapsed_ns),
                  divide(last.client_ns - first.client_ns, elapsed_ns))


class Watch:
    """Reads both processors until the load prints its result."""

    def __init__(self, server: Server, client: Child) -> None:
        self.client = client
        self.clocks = (cpu_clock_of(server.id), cpu_clock_of(client.id))
        self.samples: list[Sample] = []

    def until_result(self) -> float:
        """Returns when the result began to appear."""
        begin = time.monotonic()
        while not self.client.wait_readable(SAMPLE_EVERY_S):
            now = time.monotonic()
            if now - begin > PATIENCE_S:
                raise ProcessError(f"{self.client.name} had no result after {PATIENCE_S:.0f} s")
            self.samples.append(Sample(now, *(time.clock_gettime_ns(clock) for clock in self.clocks)))
        return time.monotonic()


def reason_of(result: dict[str, Any], complaint: str) -> str:
    """Why a load failed, by its own result or else by what it complained of."""
    kinds = [f"{kind} ({count} times)" for kind, count in result.get("failures", {}).items()]
    return result.get("reason") or ", ".join(kinds) or complaint


def read_result(client: Child) -> dict[str, Any]:
    output, _ = client.process.communicate(timeout=PATIENCE_S)
    try:
        result = json.loads(output)
    except ValueError:
        raise ProcessError(f"{client.name} ended with {client.process.returncode}: {client.complaint()}") from None
    if client.process.returncode != 0 or not result.get("ok", True):
        raise ProcessError(reason_of(result, client.complaint()))
    return result


def figures_of_result(result: dict[str, Any]) -> dict[str, float]:
    """The same names whether the engine, another load or the churn has measured."""
    if "connections_per_second" in result:
        return {"echoes": result["connections"], "elapsed_s": result["seconds"],
                "rate_per_s": result["connections_per_second"]}
    if "messages_per_s" not in result:
        return {"echoes": result["echoes"], "elapsed_s": result["seconds"],
                "rate_per_s": result["echoes_per_second"],
                "client_cpu_us": divide(result["cpu_seconds"] * 1e6, result["echoes"])}
    figures = {"echoes": result["returned"], "elapsed_s": result["elapsed_us"] / 1e6,
               "rate_per_s": result["messages_per_s"], "client_busy": result["busy_percent"] / 100}
    times = {"p50_us": result["rtt_p50_us"], "p99_us": result["rtt_p99_us"]}
    return figures | {name: value for name, value in times.items() if value is not None}


def with_shares(figures: dict[str, float], shares: Optional[Shares]) -> dict[str, float]:
    if shares is None:
        raise ProcessError("the measured time was too short to read the processors")
    rate = figures["rate_per_s"]
    return {"client_busy": shares.client, "client_cpu_us": divide(shares.client * 1e6, rate), **figures,
            "server_share": shares.server, "client_share": shares.client,
            "server_cpu_us": divide(shares.server * 1e6, rate)}


def measure(server: Server, command: Sequence[str], core: Optional[int], workload: Workload,
            seconds: float) -> dict[str, float]:
    with Child([*command, "-p", str(server.port), server.host], core) as client:
        watch = Watch(server, client)
        end_s = watch.until_result()
        figures = figures_of_result(read_result(client))
    if figures["echoes"] <= 0:
        raise ProcessError("no echo was measured")
    begin_s = end_s - figures["elapsed_s"]
    steady_end_s = begin_s + seconds - tail_s(workload, seconds)
    return with_shares(figures, shares_between(watch.samples, begin_s, steady_end_s))


def measure_turn(server_command: Sequence[str], load_command: Sequence[str], cores: tuple[Optional[int], Optional[int]],
                 workload: Workload, seconds: float) -> Turn:
    """A new server, one load, and the end of both in order: or the reason why this is no result."""
    def run() -> dict[str, float]:
        with Server(server_command, cores[0]) as server:
            figures = measure(server, load_command, cores[1], workload, seconds)
            server.finish()
            return figures
    return attempt(run)
