'use strict';

// Describes errors for callers, as in the guide's chapter "Error message".

const SHOWN_CODE_DIR = '/code';
// Frames of Node.js itself: "node:internal/...", "internal/...", "module.js:1".
const NODE_FRAME = /(^|\()(node:|internal\/|[A-Za-z_]+\.js:\d)/;

let codeDir = null;

/** Set the directory of the code, which messages show as `/code`. */
function setCodeDir(directory) {
  codeDir = new RegExp(`${directory.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.-])`, 'g');
}

function shown(text) {
  return codeDir ? text.replace(codeDir, SHOWN_CODE_DIR) : text;
}

function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** Return the text of a value that is not an Error. */
function textOf(value) {
  if (typeof value !== 'object') {
    return String(value);
  }
  try {
    return JSON.stringify(value);
  } catch (error) {
    return String(value);
  }
}

/** Return the message, without the list of who required a module. */
function messageOf(error) {
  return shown(String(error.message).replace(/\nRequire stack:\n(- .*\n?)+$/, ''));
}

/** Return the frames of the function's own code, the innermost first. */
function stackTrace(error) {
  const lines = String(error.stack).split('\n');
  const frames = lines
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.replace(/^\s+at /, ''))
    .filter((frame) => !frame.includes(__dirname) && !NODE_FRAME.test(frame));
  // The stack of a syntax error starts with its location instead of a frame.
  const location = error instanceof SyntaxError && /^\/.*:\d+$/.test(lines[0]) ? [lines[0]] : [];
  return location.concat(frames).map(shown);
}

/** Return the object that describes `error` to the caller. */
function describe(error) {
  if (!isError(error)) {
    return { errorMessage: shown(textOf(error)) };
  }
  return {
    errorMessage: messageOf(error),
    errorType: String(error.name),
    stackTrace: stackTrace(error),
  };
}

/** Return the log record of a described error. */
function recordOf(description) {
  const { errorMessage, errorType, stackTrace: frames } = description;
  if (errorType === undefined) {
    return errorMessage;
  }
  return [`${errorType}: ${errorMessage}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
}

module.exports = { describe, recordOf, setCodeDir };
