"""What can be measured: the servers, ours and the peers, and the programs that put load on them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from .processes import ProcessError, run_to_end

OURS = "sockecho"
BASE = "bare-epoll"
MAX_CONNECTIONS = 20000


@dataclass(frozen=True)
class Peer:
    """A server written for comparison: a program that was built, or a script and what runs it."""

    name: str
    package: str
    script: Optional[str] = None
    runner: Optional[str] = None


PEERS = (
    Peer(BASE, "nothing but the C library"),
    Peer("libuv", "libuv1-dev"),
    Peer("libevent", "libevent-dev"),
    Peer("io-uring", "liburing-dev"),
    Peer("asio", "libasio-dev"),
    Peer("go", "golang-go"),
    Peer("node", "nodejs", script="node.js", runner="node"),
    Peer("asyncio", "python3", script="asyncio.py", runner="python3"),
)
SERVER_NAMES = (OURS,) + tuple(peer.name for peer in PEERS)


class Programs:
    """Finds what was built. `build` is Meson's folder, `sources` that of the bench."""

    def __init__(self, build: Path, sources: Path) -> None:
        self.build = build
        self.sources = sources
        self.server = build / "examples" / "sockecho-server"
        self.client = build / "examples" / "sockecho-client"

    def find(self, name: str) -> Optional[Path]:
        """A program that the bench built, wherever below its folder Meson put it."""
        found = (path for path in sorted((self.build / "tests" / "bench").rglob(name)) if path.is_file())
        return next(found, None)

    def library(self) -> Optional[Path]:
        found = sorted((self.build / "lib").glob("libsockecho.so*"))
        return next((path for path in found if path.is_file() and not path.is_symlink()
                     and not path.name.endswith(".symbols")), None)

    def server_command(self, name: str, *options: str) -> Optional[list[str]]:
        """How a server is started, or nothing where it is not there."""
        if name == OURS:
            limits = ["--max-connections", str(MAX_CONNECTIONS)]
            return [str(self.server), "-p", "any", *limits, *options]
        peer = next(peer for peer in PEERS if peer.name == name)
        if peer.script is None:
            program = self.find(f"bench-server-{name}")
            return [str(program)] if program else None
        runner, script = shutil.which(peer.runner or ""), self.sources / "servers" / peer.script
        return [runner, str(script)] if runner and script.exists() else None

    def missing_servers(self, names: tuple[str, ...]) -> dict[str, str]:
        """Which servers are not there, with the Debian package that brings what they need."""
        packages = {peer.name: peer.package for peer in PEERS}
        return {name: packages.get(name, "") for name in names if self.server_command(name) is None}

    def has_option(self, program: Path, option: str) -> bool:
        try:
            return option in run_to_end([str(program), "--help"]).decode(errors="replace")
        except ProcessError:
            return False
