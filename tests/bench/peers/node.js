// SPDX-License-Identifier: MIT

// What one writes in Node: res.write() to every member of a set.

'use strict';

const http = require('http');

const viewers = new Set();
let rest = '';

http.createServer((request, response) => {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache',
    'Connection': 'keep-alive',
  });
  response.flushHeaders();
  viewers.add(response);
  response.on('close', () => viewers.delete(response));
}).listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });

process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    const event = `data: ${line}\n\n`;
    for (const viewer of viewers)
      viewer.write(event);
  }
});
process.stdin.on('end', () => process.exit());
