'use strict';

// Describes errors for callers, as in the guide's chapter "Error message".
//
// An error is an object of the function: its properties may be getters that
// throw, and it may be a proxy. Nothing here depends on that code.

// Frames of Node.js itself: "node:internal/...", "internal/...", "module.js:1".
const NODE_FRAME = /(^|\()(node:|internal\/|[A-Za-z_]+\.js:\d)/;
// A module that is not a path.
const MISSING_PACKAGE = /^Cannot find (?:module|package) '((?:@[^'/]+\/)?[^'./@][^'/]*)/;

// The functions themselves, since the function may replace them.
const { stringify } = JSON;
const { toString } = Object.prototype;

// Directories of this machine and their names in the cloud.
let directories = [];

// The last load error. It is recognised by its identity, which no proxy can change.
let loadError = null;

/** Return the error to throw when the handler's module `file` has thrown `cause`. */
function failedToLoad(file, cause) {
  loadError = { file, cause };
  return loadError;
}

function shown(text) {
  return directories.reduce((rest, [pattern, name]) => rest.replace(pattern, name), text);
}

/** Return `read()`, or `otherwise` if it throws or is not a string. */
function safely(read, otherwise) {
  try {
    const value = read();
    return typeof value === 'string' ? value : otherwise;
  } catch (error) {
    return otherwise;
  }
}

function patternOf(directory) {
  return new RegExp(`${directory.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.-])`, 'g');
}

/**
 * Set the directories of the code and of the layers, which messages and stacks show
 * as `/code` and `/opt`, also those that the function prints or returns itself.
 */
function setDirectories(codeDir, optDir) {
  directories = [[patternOf(codeDir), '/code']];
  if (optDir) {
    directories.push([patternOf(optDir), '/opt']);
  }
  Error.prepareStackTrace = (error, frames) => {
    const title = safely(() => Error.prototype.toString.call(error), 'Error');
    return shown([title, ...frames.map((frame) => `    at ${frame}`)].join('\n'));
  };
}

function isError(value) {
  try {
    return value instanceof Error || toString.call(value) === '[object Error]';
  } catch (error) {
    return false;
  }
}

/** Return the text of a value that is not an Error. */
function textOf(value) {
  const text = safely(() => String(value), '<no message>');
  return typeof value === 'object' ? safely(() => stringify(value), text) : text;
}

/** Return the message, without the list of who required a module. */
function messageOf(error) {
  const message = safely(() => String(error.message), '<no message>');
  const text = shown(message.replace(/\nRequire stack:\n(- .*\n?)+$/, ''));
  const missing = MISSING_PACKAGE.exec(text);
  return missing
    ? `${text}. Packages that the function requires must be in the directory of its code: `
      + `npm install --prefix DIRECTORY ${missing[1]}, or Code.from_directory(DIRECTORY, `
      + 'install=True) with a package.json'
    : text;
}

/** Return where a syntax error is, `/code/index.js:3`, which its stack starts with; or ''. */
function placeOfSyntaxError(error) {
  const [line] = safely(() => String(error.stack), '').split('\n');
  const isPlace = /^\/.*:\d+$/.test(line) && safely(() => error.name, '') === 'SyntaxError';
  return isPlace ? line : '';
}

/** Return the frames of the function's own code, the innermost first. */
function stackTrace(error) {
  const lines = safely(() => String(error.stack), '').split('\n');
  const frames = lines
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.replace(/^\s+at /, ''))
    .filter((frame) => !frame.includes(__dirname) && !NODE_FRAME.test(frame));
  const place = placeOfSyntaxError(error);
  return (place ? [place] : []).concat(frames).map(shown);
}

/** Return the object that describes `error` to the caller. */
function describe(error) {
  if (error && error === loadError) {
    return describeLoading(loadError);
  }
  if (!isError(error)) {
    return { errorMessage: shown(textOf(error)) };
  }
  return {
    errorMessage: messageOf(error),
    errorType: safely(() => String(error.name), 'Error'),
    stackTrace: stackTrace(error),
  };
}

function describeLoading({ file, cause }) {
  const description = describe(cause);
  const { errorMessage } = description;
  const place = isError(cause) && placeOfSyntaxError(cause);
  if (!place) {
    return Object.assign(description, {
      errorMessage: `Unable to import module '${file}': ${errorMessage}`,
    });
  }
  const [, name, line] = /([^/]*):(\d+)$/.exec(place);
  return Object.assign(description, {
    errorMessage: `Syntax error in module '${file}': ${errorMessage} (${name}, line ${line})`,
  });
}

/** Return the log record of a described error. */
function recordOf(description) {
  const { errorMessage, errorType, stackTrace: frames } = description;
  if (errorType === undefined) {
    return errorMessage;
  }
  return [`${errorType}: ${errorMessage}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
}

module.exports = { describe, failedToLoad, recordOf, setDirectories };
