'use strict';

// The request and the response of an HTTP function, (request, response, context).

const { Readable } = require('stream');

const { NOTHING } = require('./calls');

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
// What a header may have: no control characters, one byte per character.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// The server's limit for the header of a frame is 64 KB.
const HEAD_LIMIT = 48 * 1024;
// A large part is cut, so that the server can pass it on before all of it has come.
const PART_SIZE = 256 * 1024;

/** The request: a stream of the bytes of its body. */
class IncomingRequest extends Readable {
  constructor({ http, more }, body) {
    super();
    this.method = http.method;
    this.path = http.path;
    this.queries = http.queries;
    this.headers = http.headers;
    this.url = http.target;
    this.clientIP = http.client_ip;
    if (body.length > 0) {
      this.push(body);
    }
    if (!more) {
      this.push(null);
    }
  }

  // Chunks are pushed as they come: the server limits the size of a body.
  _read() {}

  take({ more, broken }, body) {
    if (broken) {
      this.destroy(new Error('the client has disconnected before the whole body came'));
      return;
    }
    if (body.length > 0) {
      this.push(body);
    }
    if (!more) {
      this.push(null);
    }
  }
}

function checkHeader(name, value) {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new TypeError(`${JSON.stringify(name)} is not a valid name of a header`);
  }
  if (!VALUE.test(value)) {
    throw new TypeError(`the header ${name} has characters that are not allowed`);
  }
}

/** The response; the first send() ends the call. */
class Response {
  constructor(call) {
    this.call = call;
    this.statusCode = 200;
    this.names = new Map();
    this.isSent = false;
    // For a handler that ends with an error, as that of an event.
    this.callback = (error, result) => {
      if (error) {
        call.settle(error);
      } else {
        this.send(result === undefined || result === null ? '' : result);
      }
    };
  }

  setStatusCode(code) {
    const status = Number(code);
    if (!Number.isInteger(status) || status < 200 || status > 999) {
      throw new RangeError(`the status must be an integer from 200 to 999, got ${code}`);
    }
    this.statusCode = status;
  }

  setHeader(name, value) {
    const values = (Array.isArray(value) ? value : [value]).map(String);
    values.forEach((each) => checkHeader(name, each));
    this.names.set(name.toLowerCase(), { name, values });
  }

  deleteHeader(name) {
    this.names.delete(String(name).toLowerCase());
  }

  /** Return the status and the headers, for the first frame. */
  head() {
    const headers = [];
    let size = 0;
    this.names.forEach(({ name, values }) => {
      values.forEach((value) => {
        headers.push([name, value]);
        size += name.length + value.length;
      });
    });
    if (size > HEAD_LIMIT) {
      throw new RangeError(`the headers must have at most ${HEAD_LIMIT} characters, got ${size}`);
    }
    return { status: this.statusCode, headers };
  }

  /** Send the body: a string, a Buffer or a stream of them. */
  send(body) {
    if (this.isSent) {
      return;
    }
    const isStream = body && typeof body.pipe === 'function';
    if (!isStream && typeof body !== 'string' && !(body instanceof Uint8Array)) {
      throw new TypeError(
        `send() takes a string, a Buffer or a stream, got ${body === null ? 'null' : typeof body}`,
      );
    }
    const head = this.head();
    this.isSent = true;
    if (isStream) {
      this.sendStream(head, body);
    } else {
      this.call.response = head;
      this.call.settle(null, typeof body === 'string' ? Buffer.from(body) : body);
    }
  }

  sendStream(head, stream) {
    const { call } = this;
    let first = head;
    stream.on('data', (chunk) => {
      const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (!(data instanceof Uint8Array)) {
        const kind = typeof chunk;
        call.crash(new TypeError(`the stream must give strings or Buffers, got ${kind}`), true);
        stream.destroy();
        return;
      }
      for (let begin = 0; begin < data.length; begin += PART_SIZE) {
        call.sendPart(first, data.slice(begin, begin + PART_SIZE));
        first = null;
      }
    });
    stream.on('error', (error) => call.crash(error, true));
    stream.on('close', () => {
      // Such as destroy() without an error. After an end or an error the call is over.
      if (call.open) {
        call.crash(new Error('the stream was closed before its end'), true);
      }
    });
    stream.on('end', () => {
      call.response = first;
      call.settle(null, NOTHING);
    });
  }
}

module.exports = { IncomingRequest, Response };
