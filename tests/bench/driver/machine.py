"""What a reader must know about the machine to understand the figures."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Optional, Sequence

GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
CPU_INFO = Path("/proc/cpuinfo")


def read(path: Path) -> Optional[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def first_line(command: Sequence[str]) -> Optional[str]:
    """What a tool says, or nothing where it is not there."""
    if shutil.which(command[0]) is None:
        return None
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    lines = result.stdout.strip().splitlines()
    return lines[0] if result.returncode == 0 and lines else None


def cpu_model() -> Optional[str]:
    match = re.search(r"^model name\s*:\s*(.*)$", read(CPU_INFO) or "", re.MULTILINE)
    return match.group(1) if match else platform.processor() or None


def debian_version(package: str) -> Optional[str]:
    return first_line(["dpkg-query", "--showformat", "${Version}", "--show", package])


def versions() -> dict[str, Optional[str]]:
    libraries = {name: first_line(["pkg-config", "--modversion", module])
                 for name, module in (("libuv", "libuv"), ("libevent", "libevent"), ("liburing", "liburing"))}
    return libraries | {
        "asio": debian_version("libasio-dev"),
        "go": first_line(["go", "version"]),
        "node": first_line(["node", "--version"]),
        "python": platform.python_version(),
        "compiler": first_line([os.environ.get("CC", "cc"), "--version"]),
        "libc": " ".join(platform.libc_ver()),
    }


def commit(source: Path) -> Optional[str]:
    """The commit that was built, with a mark when files differ from it."""
    return first_line(["git", "-C", str(source), "describe", "--always", "--dirty", "--exclude=*"])


def facts(source: Path) -> dict[str, object]:
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": commit(source),
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "governor": read(GOVERNOR),
        "load_average": os.getloadavg()[0],
        "versions": versions(),
    }


def lines(known: dict[str, object]) -> list[str]:
    found = known["versions"]
    assert isinstance(found, dict)
    peers = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    governor = known["governor"] or "not known"
    return [
        f"date      {known['date']}",
        f"commit    {known['commit'] or 'not known'}",
        f"machine   {known['kernel']}, {known['cpu']}, {known['cores']} cores, governor {governor}",
        f"load      {known['load_average']:.2f} runnable on average in the minute before",
        f"versions  {peers}",
    ]
