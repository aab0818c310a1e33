#!/usr/bin/env python3
"""Peers that try a server's care.

usage: rude-peer.py slow|half-close|reset PORT

slow        sends without reading until the server takes no more, which it must at some time; then half-closes, reads
            everything, and expects exactly what it sent and the end.
half-close  connection after connection, each sends somewhat more than the last and half-closes before it reads, so that
            the server meets the end with every amount of unsent bytes. Expects the same.
reset       as half-close, but resets in place of reading.
"""

import random
import select
import socket
import struct
import sys

PATIENCE_S = 20
QUIET_S = 1
BLOCK = random.Random(5).randbytes(1000003)
MOST_TAKEN_BYTES = 64 * 1024 * 1024  # the kernel's buffers on both ways are below a third of it
NARROW_BYTES = 4096
# The kernel keeps up to about two MiB for a peer that does not read; beyond that the server has to.
LENGTHS = [1, 1000, 100000, 1000000, *range(2 * 1024 * 1024, 3 * 1024 * 1024, 104 * 1024)]


def connect(port, receive_buffer_bytes=None):
    peer = socket.socket()
    if receive_buffer_bytes:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    peer.settimeout(PATIENCE_S)
    peer.connect(("127.0.0.1", port))
    return peer


def fill(peer, most, quiet_s):
    """Sends up to `most` bytes for as long as there is room. Returns how many went."""
    sent = 0
    peer.setblocking(False)
    while sent < most and select.select([], [peer], [], quiet_s)[1]:
        at = sent % len(BLOCK)
        sent += peer.send(BLOCK[at : at + most - sent])
    peer.settimeout(PATIENCE_S)
    return sent


def expect(peer, length):
    received = 0
    while data := peer.recv(65536):
        at = received % len(BLOCK)
        if data != (BLOCK[at:] + BLOCK)[: len(data)]:
            sys.exit("a wrong byte between %d and %d" % (received, received + len(data)))
        received += len(data)
    if received != length:
        sys.exit("sent %d bytes and got %d back" % (length, received))


def be_slow(port):
    with connect(port) as peer:
        sent = fill(peer, MOST_TAKEN_BYTES, QUIET_S)
        if sent == MOST_TAKEN_BYTES:
            sys.exit("the server took %d bytes of which it could send back only a part" % sent)
        peer.shutdown(socket.SHUT_WR)
        expect(peer, sent)


def half_closed_ones(port):
    for length in LENGTHS:
        with connect(port, NARROW_BYTES) as peer:
            sent = fill(peer, length, 0.01)
            peer.shutdown(socket.SHUT_WR)
            yield peer, sent


def half_close(port):
    for peer, sent in half_closed_ones(port):
        expect(peer, sent)


def reset(port):
    for peer, _ in half_closed_ones(port):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


{"slow": be_slow, "half-close": half_close, "reset": reset}[sys.argv[1]](int(sys.argv[2]))
