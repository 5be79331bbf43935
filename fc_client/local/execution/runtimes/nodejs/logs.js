'use strict';

// Writes the log, as in the guide's chapter "Logging".
//
//     <Timestamp> <Request ID> <Log Level> <Message>

const { Writable } = require('stream');
const util = require('util');

const { writeAll } = require('./channel');

const STDOUT = 1;
const STDERR = 2;
const LEVELS = {
  log: ['verbose', STDOUT],
  info: ['info', STDOUT],
  debug: ['debug', STDOUT],
  warn: ['warn', STDERR],
  error: ['error', STDERR],
};
// Guide, "Callback usage": the limit for the record of an error.
const RECORD_LIMIT = 256 * 1024;
const RECORD_CUT = Buffer.from('Truncated by FunctionCompute');

// The class itself, since the function may replace it to stop the clock.
const SystemDate = Date;

let requestId = '';

function setRequestId(id) {
  requestId = id;
}

/** Write one message as one line, even if it contains line breaks. */
function write(level, descriptor, message) {
  const line = message.replace(/\r?\n/g, '\r');
  let data = Buffer.from(line);
  if (level === 'error' && data.length > RECORD_LIMIT) {
    data = Buffer.concat([data.slice(0, RECORD_LIMIT), RECORD_CUT]);
  }
  const prefix = Buffer.from(`${new SystemDate().toISOString()} ${requestId} ${level} `);
  try {
    writeAll(descriptor, Buffer.concat([prefix, data, Buffer.from('\n')]));
  } catch (error) {
    // A function that closed its standard output gets no log, but still a result.
  }
}

/** Write an error of the function to the log. */
function record(text) {
  write('error', STDERR, text);
}

/** Make `console` write the service's format. */
function replaceConsole() {
  Object.keys(LEVELS).forEach((name) => {
    const [level, descriptor] = LEVELS[name];
    console[name] = (...values) => write(level, descriptor, util.format(...values));
  });
}

/** Return a stream that writes to `descriptor` at once. */
function streamOf(descriptor) {
  const stream = new Writable({
    decodeStrings: true,
    write(chunk, encoding, callback) {
      try {
        writeAll(descriptor, chunk);
      } catch (error) {
        // A function that closed its standard output gets no log, but still a result.
      }
      callback();
    },
  });
  stream.fd = descriptor;
  return stream;
}

/**
 * Make the standard streams write at once. Those of Node.js keep in memory what
 * a full pipe does not take; a crash would lose it, and later output of others
 * would come before it.
 */
function replaceStreams() {
  [['stdout', STDOUT], ['stderr', STDERR]].forEach(([name, descriptor]) => {
    let stream = null;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get() {
        stream = stream || streamOf(descriptor);
        return stream;
      },
    });
  });
}

module.exports = { record, replaceConsole, replaceStreams, setRequestId };
