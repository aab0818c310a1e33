#!/usr/bin/env python3
"""An echo server that changes a bit of whatever it sends back, in the middle, where no length tells of it."""

import asyncio


class WrongEcho(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        wrong = bytearray(data)
        wrong[len(wrong) // 2] ^= 1
        self.transport.write(wrong)


async def main():
    server = await asyncio.get_running_loop().create_server(WrongEcho, "127.0.0.1", 0)
    print("listening on 127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
