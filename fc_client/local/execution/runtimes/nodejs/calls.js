'use strict';

// One request of the server, from its start to its only reply.

const channel = require('./channel');
const failures = require('./failures');
const logs = require('./logs');

const HANDLED = 'HandledInvocationError';
const UNHANDLED = 'UnhandledInvocationError';
const NOTHING = Buffer.alloc(0);

/** Return a handler's result as bytes. */
function encode(result) {
  if (result === null || result === undefined) {
    return NOTHING;
  }
  if (result instanceof Uint8Array) {
    return result;
  }
  const text = typeof result === 'object' ? JSON.stringify(result) : String(result);
  return text === undefined ? NOTHING : Buffer.from(text);
}

/** Record `error` in the log and return its JSON. */
function recorded(error) {
  const description = failures.describe(error);
  logs.record(failures.recordOf(description));
  return Buffer.from(JSON.stringify(description));
}

/**
 * A request that runs. The first call of its callback ends it, and so does an
 * error that nobody caught; what comes later changes nothing.
 */
class Call {
  /**
   * @param descriptor where the reply goes
   * @param callbackError the error type of what is passed to the callback
   * @param reusable whether the process is fit for more after a thrown error
   */
  constructor(descriptor, callbackError, reusable) {
    this.descriptor = descriptor;
    this.callbackError = callbackError;
    this.reusable = reusable;
    this.open = true;
    this.reply = null;
    this.callback = (error, result) => this.settle(error, result);
  }

  /** Call `start(callback)`; what it throws, or rejects with, ends the request. */
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
      this.end(this.callbackError, true, recorded(error));
      return;
    }
    let body;
    try {
      body = encode(result);
    } catch (failure) {
      this.crash(failure, this.reusable);
      return;
    }
    this.end(null, true, body);
  }

  /** End with an error that the function did not handle; it is logged in any case. */
  crash(error, reusable) {
    const body = recorded(error);
    if (this.open) {
      this.end(UNHANDLED, reusable, body);
    }
  }

  /**
   * Let the reply go out after all that the function printed, and not before
   * the function is through with this turn of the event loop: a function that
   * calls back and then exits must not get another event.
   */
  end(errorType, reusable, body) {
    this.open = false;
    this.reply = { header: { error_type: errorType, reusable }, body };
    setImmediate(() => logs.flushed(() => this.send()));
  }

  send() {
    if (this.reply) {
      const { header, body } = this.reply;
      this.reply = null;
      channel.send(this.descriptor, header, body);
    }
  }

  /** Send what there is to send before the process exits. */
  leave() {
    if (this.reply) {
      this.reply.header.reusable = false;
      this.send();
    }
  }
}

module.exports = { Call, HANDLED, NOTHING, UNHANDLED };
