'use strict';

// Writes the log, as in the guide's chapter "Logging".
//
//     <Timestamp> <Request ID> <Log Level> <Message>

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

let requestId = '';
const opened = [];

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
  const prefix = Buffer.from(`${new Date().toISOString()} ${requestId} ${level} `);
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

/**
 * Record which standard streams the function opens. Opening one takes a
 * millisecond, which functions that only use `console` do not pay.
 */
function watchStreams() {
  ['stdout', 'stderr'].forEach((name) => {
    const { get } = Object.getOwnPropertyDescriptor(process, name);
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get() {
        const stream = get.call(process);
        if (!opened.includes(stream)) {
          opened.push(stream);
        }
        return stream;
      },
    });
  });
}

/** Call `done` when the standard streams have been flushed. */
function flushed(done) {
  const busy = opened.find((stream) => stream.writable && stream._writableState.length > 0);
  if (busy) {
    busy.write('', () => flushed(done));
  } else {
    done();
  }
}

module.exports = { flushed, record, replaceConsole, setRequestId, watchStreams };
