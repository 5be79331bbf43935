'use strict';

// Implements the worker's end of the control channel.
//
// A frame is two lengths (big-endian, 32 bits each), a JSON header and a body
// of raw bytes.

const fs = require('fs');
const net = require('net');

const LENGTHS_SIZE = 8;
const RETRY_MS = 0.1;

// The functions themselves, since the function may replace them.
const { parse, stringify } = JSON;
const clock = new Int32Array(new SharedArrayBuffer(4));

/**
 * Write all of `data` before returning, so that a following exit or crash
 * cannot lose it.
 */
function writeAll(descriptor, data) {
  let offset = 0;
  while (offset < data.length) {
    try {
      offset += fs.writeSync(descriptor, data, offset, data.length - offset);
    } catch (error) {
      if (error.code !== 'EAGAIN') {
        throw error;
      }
      Atomics.wait(clock, 0, 0, RETRY_MS);
    }
  }
}

/** Collects the bytes of one part of a frame, copying each byte once. */
class Part {
  constructor(length) {
    this.data = Buffer.allocUnsafe(length);
    this.filled = 0;
  }

  get complete() {
    return this.filled === this.data.length;
  }

  take(chunk) {
    const copied = chunk.copy(this.data, this.filled);
    this.filled += copied;
    return chunk.slice(copied);
  }
}

/** Decodes frames from chunks of any size. */
class Decoder {
  constructor(onFrame) {
    this.onFrame = onFrame;
    this.reset();
  }

  reset() {
    this.parts = [new Part(LENGTHS_SIZE)];
  }

  feed(chunk) {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.parts[this.parts.length - 1].take(rest);
      this.advance();
    }
  }

  advance() {
    const parts = this.parts;
    while (parts[parts.length - 1].complete) {
      if (parts.length === 3) {
        this.reset();
        this.onFrame(parse(parts[1].data.toString()), parts[2].data);
        return;
      }
      parts.push(new Part(parts[0].data.readUInt32BE(4 * (parts.length - 1))));
    }
  }
}

/** Kill this process and its group, since the server has ended. */
function endGroup() {
  process.kill(-process.pid, 'SIGKILL');
}

/** Call `onRequest(header, body)` for each frame received on `descriptor`. */
function listen(descriptor, onRequest) {
  const decoder = new Decoder(onRequest);
  const socket = new net.Socket({ fd: descriptor, readable: true, writable: false });
  socket.on('data', (chunk) => decoder.feed(chunk));
  socket.on('end', endGroup);
  socket.on('error', endGroup);
}

/**
 * Close the channel when the process starts to exit. The exit takes
 * milliseconds, in which the server would send another event.
 */
function close(descriptor) {
  fs.closeSync(descriptor);
}

/** Send a frame. */
function send(descriptor, header, body) {
  const head = Buffer.from(stringify(header));
  const lengths = Buffer.alloc(LENGTHS_SIZE);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(body.length, 4);
  writeAll(descriptor, Buffer.concat([lengths, head]));
  writeAll(descriptor, body);
}

module.exports = { close, listen, send, writeAll };
