"""Python calls the library through ctypes: the three modes, a callback in another thread, and a peer that lies.

usage: python3 -m unittest discover -s tests/bindings/python        (SOCKECHO_LIBRARY as in sockecho.py)"""

import ctypes
import errno
import select
import socket
import threading
import unittest

import sockecho
from sockecho import Client, Error, Server, library


def echo_when_ready(client, message, reply):
    """One echo in non-blocking mode, gone on with in a loop of Python's own."""
    poller = select.poll()
    while True:
        result = library.se_client_echo(client.handle, message, len(message), reply)
        if result != -errno.EAGAIN:
            return sockecho.check(result)
        poller.register(client.descriptor(), client.events())
        if not poller.poll(30_000):
            raise TimeoutError("the connection was not ready within 30 s")


def lie_once(listener):
    """Takes 5 bytes from one peer and sends others."""
    peer, _ = listener.accept()
    with peer:
        got = b""
        while len(got) < 5:
            got += peer.recv(5 - len(got))
        peer.sendall(b"helxo")


class Echo(unittest.TestCase):
    def test_messages_come_back_and_are_counted(self):
        with Server() as server:
            with Client(server.port()) as client:
                big = bytes(range(256)) * 4096
                for message in (b"", b"x", b"with a \0 in it", big):
                    self.assertEqual(client.echo(message), message)
                client.finish()
            server.end()
            self.assertEqual(server.stat(sockecho.STAT_ORDERLY), 1)
            self.assertEqual(server.stat(sockecho.STAT_ECHOED_BYTES), 1 + len(b"with a \0 in it") + len(big))

    def test_non_blocking_client_waits_in_a_loop_of_python(self):
        server = Server()
        with Client(server.port()) as client:
            client.set_timeout(0)
            message = bytes(8 << 20)
            reply = ctypes.create_string_buffer(b"\1" * len(message), len(message))
            result = library.se_client_echo(client.handle, message, len(message), reply)
            self.assertEqual(library.se_error_name(result), b"EAGAIN")
            with server:
                echo_when_ready(client, message, reply)
            self.assertEqual(reply.raw, message)

    def test_timeout_ends_a_call_that_the_same_call_goes_on_with(self):
        server = Server()
        with Client(server.port()) as client:
            client.set_timeout(50)
            message = b"hello"
            reply = ctypes.create_string_buffer(5)
            result = library.se_client_echo(client.handle, message, 5, reply)
            self.assertEqual(library.se_error_name(result), b"ETIMEDOUT")
            client.set_timeout(sockecho.BLOCKING)
            with server:
                self.assertEqual(library.se_client_echo(client.handle, message, 5, reply), 0)
                self.assertEqual(reply.raw, message)
                client.finish()

    def test_64_bits_of_a_timeout_arrive(self):
        with Server() as server, Client(server.port()) as client:
            client.set_timeout(1 << 40)
            self.assertEqual(client.get_timeout(), 1 << 40)
            with self.assertRaises(Error) as refused:
                client.set_timeout(-2)
            self.assertEqual(refused.exception.code, -errno.EINVAL)


class Callbacks(unittest.TestCase):
    def test_callback_hears_of_a_peer_in_a_thread_of_the_server(self):
        heard = []

        def note(event, connection):
            reason = sockecho.check(library.se_connection_reason(connection)) if event == sockecho.EVENT_CLOSED else None
            heard.append((event, sockecho.peer_of(connection), library.se_connection_echoed(connection), reason,
                          threading.get_ident()))
            return 0

        with Server(note) as server:
            with Client(server.port()) as client:
                name = socket.socket(fileno=client.descriptor())
                address = "%s:%d" % name.getsockname()
                name.detach()
                client.echo(b"hello")
                client.finish()
            server.end()
        self.assertEqual([entry[:4] for entry in heard], [
            (sockecho.EVENT_OPENED, address, 0, None),
            (sockecho.EVENT_CLOSED, address, 5, sockecho.STAT_ORDERLY),
        ])
        self.assertNotIn(threading.get_ident(), {entry[4] for entry in heard})

    def test_callback_turns_a_peer_away(self):
        with Server(lambda event, connection: 1) as server:
            with self.assertRaises(Error) as refused:
                with Client(server.port()) as client:
                    client.echo(b"hello")
            self.assertIn(refused.exception.code, (-errno.ECONNRESET, -errno.EPIPE))


class Failures(unittest.TestCase):
    def test_wrong_byte_is_told_with_its_place(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            liar = threading.Thread(target=lie_once, args=(listener,))
            liar.start()
            with Client(listener.getsockname()[1]) as client:
                with self.assertRaises(Error) as wrong:
                    client.echo(b"hello")
                self.assertEqual(wrong.exception.code, sockecho.EMISMATCH)
                self.assertEqual(client.mismatch_at(), 3)
            liar.join()

    def test_errors_have_sentences(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        with self.assertRaisesRegex(Error, "refused"):
            with Client(port):
                pass

    def test_version_is_text(self):
        self.assertRegex(library.se_version().decode(), r"\A\d+\.\d+\.\d+\Z")


if __name__ == "__main__":
    unittest.main()
