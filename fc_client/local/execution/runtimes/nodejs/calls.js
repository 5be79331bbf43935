'use strict';

// Runs one request of the server, and sends its only reply.

const channel = require('./channel');
const failures = require('./failures');
const logs = require('./logs');

const HANDLED = 'HandledInvocationError';
const UNHANDLED = 'UnhandledInvocationError';
const NOTHING = Buffer.alloc(0);
// The functions themselves, since the function may replace them, for example to
// stop the clock.
const soon = setImmediate;
const { stringify } = JSON;

/** Return the result of a handler as bytes. */
function encode(result) {
  if (result === null || result === undefined) {
    return NOTHING;
  }
  if (result instanceof Uint8Array) {
    return result;
  }
  const text = typeof result === 'object' ? stringify(result) : String(result);
  return text === undefined ? NOTHING : Buffer.from(text);
}

/** Write `error` to the log and return its JSON, or what is wrong with it. */
function recorded(error, limit) {
  const description = failures.describe(error);
  logs.record(failures.recordOf(description));
  const body = Buffer.from(stringify(description));
  return body.length <= limit
    ? body
    : Buffer.from(stringify({ errorMessage: `the error must have at most ${limit} bytes as JSON` }));
}

/**
 * A running request. The first call of its callback or an uncaught error ends
 * it; later ones have no effect.
 */
class Call {
  /**
   * @param descriptor file descriptor of the channel
   * @param callbackError error type of an error passed to the callback
   * @param reusable whether the process is reusable after a thrown error
   * @param id number of the request
   * @param maxResult longest result in bytes
   */
  constructor(descriptor, { callbackError, reusable, id, maxResult }) {
    this.descriptor = descriptor;
    this.id = id;
    this.maxResult = maxResult;
    this.callbackError = callbackError;
    this.reusable = reusable;
    this.open = true;
    // What the reply of an HTTP function has beside its body.
    this.response = null;
    this.reply = null;
    this.callback = (error, result) => this.settle(error, result);
  }

  /** Call `start(callback)`; an exception or a rejection ends the request. */
  run(start) {
    const onError = (error) => this.crash(error, this.reusable);
    try {
      const result = start(this.callback);
      if (result && typeof result.then === 'function') {
        result.then(undefined, onError);
      }
    } catch (error) {
      onError(error);
    }
  }

  settle(error, result) {
    if (!this.open) {
      return;
    }
    if (error) {
      this.end(this.callbackError, true, recorded(error, this.maxResult));
      return;
    }
    let body;
    try {
      body = encode(result);
      this.checkLength(body);
    } catch (failure) {
      this.crash(failure, this.reusable);
      return;
    }
    this.end(null, true, body);
  }

  checkLength(body) {
    if (body.length > this.maxResult) {
      throw new RangeError(
        `the result must have at most ${this.maxResult} bytes, got ${body.length}`,
      );
    }
  }

  /** End with an error that the function did not handle; it is always logged. */
  crash(error, reusable) {
    const body = recorded(error, this.maxResult);
    if (this.open) {
      this.end(UNHANDLED, reusable, body);
    }
  }

  /**
   * Send the reply after this turn of the event loop: a function that calls
   * back and then exits must not get another event.
   */
  end(errorType, reusable, body) {
    this.open = false;
    const header = { id: this.id, error_type: errorType, reusable };
    if (this.response && errorType === null) {
      header.response = this.response;
    }
    this.reply = { header, body };
    soon(() => this.send());
  }

  /** Send a part of a response; the first one has its head. */
  sendPart(head, body) {
    if (this.open) {
      const header = { id: this.id, part: true };
      if (head) {
        header.response = head;
      }
      channel.send(this.descriptor, header, body);
    }
  }

  send() {
    if (this.reply) {
      const { header, body } = this.reply;
      this.reply = null;
      channel.send(this.descriptor, header, body);
    }
  }

  /** Send a pending reply before the process exits. */
  leave() {
    if (this.reply) {
      this.reply.header.reusable = false;
      this.send();
    }
  }
}

module.exports = { Call, HANDLED, NOTHING, UNHANDLED };
