#!/usr/bin/env node
// An echo server on Node's streams: a pipe stops reading while written bytes wait, and ends the socket after the peer's
// end, once all is out.
'use strict';

const net = require('net');

const options = { allowHalfOpen: true, noDelay: true };
const server = net.createServer(options, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});

server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
