#!/usr/bin/env python3
"""Gives sockecho-client a stdin to stream, and plays the server, which holds its echo back as a long path does. Ends
with 1 and a reason where the client does not do as it should.

usage: client-stream.py together CLIENT    what stdin gives while an echo is on its way leaves as one chunk
       client-stream.py bounded CLIENT     it is not gathered without end
       client-stream.py larger CLIENT      a long path gets larger chunks
       client-stream.py exact CLIENT       pieces of any size come back as they were
       client-stream.py nonblocking CLIENT a stdin in non-blocking mode comes back a line at a time
       client-stream.py failing CLIENT     what stdin gave before it failed comes back first
       client-stream.py late CLIENT        an echo may take as long as -t says, also while stdin gives more
       client-stream.py interrupted CLIENT SIGINT ends the client while an echo is on its way
"""
import array
import fcntl
import os
import random
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time

PATIENCE_S = 30 * int(os.environ.get("SE_TEST_SLOW", "1"))
KIB = 1024
LEAST_CHUNK = 256 * KIB
MOST_CHUNK = 4096 * KIB


def expect(is_so, what):
    if not is_so:
        sys.exit(f"not so: {what}")


def on_alarm(_signal, _frame):
    sys.exit(f"nothing more happened in {PATIENCE_S} seconds")


class Run:
    """A client with what `stdin` is, connected to us. It is killed where the test ends before it."""

    def __init__(self, client, stdin, *options):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = str(listener.getsockname()[1])
            self.process = subprocess.Popen([client, "-p", port, *options, "127.0.0.1"], stdin=stdin,
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.peer = listener.accept()[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def receive(self, length):
        """So many bytes, of which none goes back: all of them are of one chunk if none went back before."""
        received = bytearray()
        while len(received) < length:
            more = self.peer.recv(length - len(received))
            expect(more, f"the client sends {length} bytes and not only {len(received)}")
            received += more
        return bytes(received)

    def echo_to_end(self):
        while more := self.peer.recv(1 << 16):
            self.peer.sendall(more)
        self.peer.close()

    def expect_end(self, status, stdout, stderr):
        echoing = threading.Thread(target=self.echo_to_end, daemon=True)
        echoing.start()
        out, err = self.process.communicate()
        expect(out == stdout, f"{len(out)} bytes that came out are the {len(stdout)} that are due")
        expect(stderr in err.decode() and bool(err) == bool(stderr), f"{err} tells {stderr!r}")
        expect(self.process.returncode == status, f"status {self.process.returncode} is {status}")


def await_taken(stdin):
    """Until the client has read all that the pipe or socket held."""
    left = array.array("i", [1])
    while left[0] > 0:
        fcntl.ioctl(stdin, termios.FIONREAD, left)
        time.sleep(0.001)


def check_together(client):
    reader, writer = os.pipe()
    later = random.randbytes(LEAST_CHUNK)
    with Run(client, reader) as run:
        os.write(writer, b"first\n")
        first = run.receive(6)
        for begin in range(0, len(later), 64):
            os.write(writer, later[begin:begin + 64])
        await_taken(reader)
        run.peer.sendall(first)
        run.peer.sendall(run.receive(len(later)))
        os.close(writer)
        run.expect_end(0, first + later, "")


def check_bounded(client):
    reader, writer = os.pipe()
    written = 0
    with Run(client, reader) as run:
        os.write(writer, b"first\n")
        run.receive(6)
        os.set_blocking(writer, False)
        while select.select([], [writer], [], 1)[1]:
            written += os.write(writer, bytes(4 * KIB))
            expect(written <= MOST_CHUNK + 1024 * KIB, f"at some time no more than {written} bytes are taken")


def receive_chunk(run):
    """How many bytes come until there is a pause, in which they go back. A pause may come too early: then these are
    fewer than the chunk has.
    """
    received = 0
    while select.select([run.peer], [], [], 0.02)[0]:
        received += len(run.peer.recv(1 << 20))
    run.peer.sendall(bytes(received))
    return received


def check_larger(client):
    with open("/dev/zero", "rb") as stdin, Run(client, stdin) as run:
        threading.Thread(target=run.process.stdout.read, daemon=True).start()
        sizes = [0]
        while sizes[-1] < 4 * LEAST_CHUNK:
            sizes.append(receive_chunk(run))
            expect(sizes[-1] <= MOST_CHUNK, f"{sizes[-1]} bytes are no more than fit")


def check_exact(client):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    pieces = [dice.randbytes(dice.choice([1, 7, 4096, 65536, 300000])) for _ in range(100)]
    reader, writer = os.pipe()

    def write_all():
        for piece in pieces:
            os.write(writer, piece)
        os.close(writer)

    with Run(client, reader) as run:
        threading.Thread(target=write_all, daemon=True).start()
        run.expect_end(0, b"".join(pieces), "")


def check_nonblocking(client):
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with Run(client, reader) as run:
        for line in (b"one\n", b"two\n", b"three\n"):
            os.write(writer, line)
            run.peer.sendall(run.receive(len(line)))
            expect(run.process.stdout.readline() == line, f"{line} comes back")
        os.close(writer)
        run.expect_end(0, b"", "")


def check_failing(client):
    """A unix socket that is closed with bytes unread gives its peer ECONNRESET, after what it has sent."""
    ours, stdin = socket.socketpair()
    with Run(client, stdin) as run:
        ours.sendall(b"one\n")
        first = run.receive(4)
        stdin.sendall(b"unread")
        ours.sendall(b"two\n")
        ours.close()
        await_taken(stdin)
        run.peer.sendall(first)
        run.peer.sendall(run.receive(4))
        run.expect_end(1, b"one\ntwo\n", "cannot read stdin: ")


def check_late(client):
    with open("/dev/zero", "rb") as stdin, Run(client, stdin, "-t", "0.2") as run:
        out, err = run.process.communicate()
        expect(out == b"" and b"stdin: timed out" in err, f"{err} tells of it")
        expect(run.process.returncode == 1, f"status {run.process.returncode} is 1")


def check_interrupted(client):
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs the tests in the background has it ignored
    reader, writer = os.pipe()
    with Run(client, reader) as run:
        os.write(writer, b"first\n")
        run.receive(6)
        run.process.send_signal(signal.SIGINT)
        run.process.wait()
        expect(run.process.returncode == -signal.SIGINT, f"{run.process.returncode} tells of SIGINT")


def main():
    signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(PATIENCE_S)
    checks = {"together": check_together, "bounded": check_bounded, "larger": check_larger, "exact": check_exact,
              "nonblocking": check_nonblocking, "failing": check_failing, "late": check_late,
              "interrupted": check_interrupted}
    checks[sys.argv[1]](*sys.argv[2:])


main()
