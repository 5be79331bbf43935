'use strict';

// Runs a Node.js function in a worker process: the nodejs runtimes.
//
//     node bootstrap.js CHANNEL
//
// It needs only Node.js, 8.10 or later. CHANNEL is the file descriptor of a
// stream socket. Every request gets one reply with the same "id"; the kinds of
// request are "load" (require the handler's module), "initialize", "invoke",
// "http" and "sources" (list the files that have been required). Before the first
// request the runtime sends a reply with the "id" 0, when the interpreter is ready.
//
// A request of kind "http" may be followed by "chunk" frames, the rest of its
// body. Its response may be sent in parts, {"id": ..., "part": true}, before the
// reply; the first of these frames has "response": the status and the headers.

const path = require('path');

const { Call, HANDLED, NOTHING, UNHANDLED } = require('./calls');
const channel = require('./channel');
const failures = require('./failures');
const logs = require('./logs');

let settings = null;
let handler = null;
// The current request, or the last one.
let current = null;
// The request stream of the current call of an HTTP function.
let incoming = null;

function deepFreeze(value) {
  Object.keys(value).forEach((name) => {
    if (typeof value[name] === 'object') {
      deepFreeze(value[name]);
    }
  });
  return Object.freeze(value);
}

/** Return the guide's "Context object (Node.js)". */
function contextOf({ request_id: requestId, qualifier, tracing }) {
  const { credentials, service, region, account_id: accountId } = settings.context;
  return deepFreeze({
    requestId,
    credentials: {
      accessKeyId: credentials.access_key_id,
      accessKeySecret: credentials.access_key_secret,
      securityToken: credentials.security_token,
    },
    function: Object.assign({}, settings.context.function),
    service: {
      name: service.name,
      logProject: service.log_project,
      logStore: service.log_store,
      qualifier,
      versionId: service.version_id,
    },
    region,
    accountId,
    tracing: {
      openTracingSpanContext: tracing.span_context,
      openTracingSpanBaggages: tracing.span_baggages,
      jaegerEndpoint: tracing.jaeger_endpoint,
    },
  });
}

/**
 * Return the function that `name`, `file.function`, names. The guide describes
 * two of the errors by their message only, so strings are thrown. What to do
 * about them is in the log.
 */
function find(name) {
  const dot = name.lastIndexOf('.');
  const [file, key] = [name.slice(0, Math.max(dot, 0)), name.slice(dot + 1)];
  if (!file || !key) {
    throw `Handler '${name}' is not of the form file.function`;
  }
  const target = path.join(settings.code_dir, file);
  try {
    require.resolve(target);
  } catch (error) {
    logs.record(`The handler is ${name}, so the code must have the file ${file}.js`);
    throw `Cannot find module '${target}.js'`;
  }
  const exported = load(file, target);
  const found = exported && exported[key];
  if (typeof found !== 'function') {
    logs.record(`The handler is ${name}, so ${file}.js must have: exports.${key} = function ...`);
    throw `Handler '${key}' missing on module '${file}'`;
  }
  return found;
}

function load(file, target) {
  try {
    return require(target);
  } catch (error) {
    throw failures.failedToLoad(file, error);
  }
}

/** Return the files that have been required from the directory of the code. */
function loadedFiles() {
  return Object.keys(require.cache).filter((file) => file.startsWith(`${settings.code_dir}/`));
}

// A function of the life cycle: pre-freeze or pre-stop.
const hook = {
  callbackError: UNHANDLED,
  reusable: true,
  start: (request, body, callback) =>
    find(settings.hooks[request.kind])(contextOf(request), callback),
};

// By kind: the error type of an error passed to the callback, whether the process
// is reusable after a thrown error, and the function that starts the request.
const actions = {
  load: {
    callbackError: UNHANDLED,
    reusable: false,
    start(request, body, callback) {
      ({ settings } = request);
      failures.setDirectories(settings.code_dir, settings.opt_dir);
      handler = find(settings.handler);
      callback();
    },
  },
  initialize: {
    callbackError: UNHANDLED,
    reusable: true,
    start: (request, body, callback) =>
      find(settings.initializer)(contextOf(request), callback),
  },
  invoke: {
    callbackError: HANDLED,
    reusable: true,
    start: (request, event, callback) => handler(event, contextOf(request), callback),
  },
  http: {
    callbackError: UNHANDLED,
    reusable: true,
    start(request, body) {
      // Loaded here, since other functions do not need it.
      const { IncomingRequest, Response } = require('./http');
      incoming = new IncomingRequest(request, body);
      const response = new Response(current);
      return handler(incoming, response, contextOf(request), response.callback);
    },
  },
  'pre-freeze': hook,
  'pre-stop': hook,
  sources: {
    callbackError: UNHANDLED,
    reusable: true,
    start: (request, body, callback) => callback(null, loadedFiles()),
  },
};

/** End the current request; exit if there is none, since no reply can report the error. */
function onUncaught(error) {
  const { open } = current;
  current.crash(error, false);
  if (!open) {
    process.exit(1);
  }
}

function main() {
  const descriptor = Number(process.argv[2]);
  process.argv.length = 2;
  logs.replaceStreams();
  logs.replaceConsole();
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
  process.on('exit', () => {
    if (current) {
      current.leave();
    }
    channel.close(descriptor);
  });
  channel.listen(descriptor, (request, body) => {
    if (request.kind === 'chunk') {
      // The rest of a body that the function has not read is left.
      if (incoming && current.open && request.id === current.id) {
        incoming.take(request, body);
      }
      return;
    }
    incoming = null;
    const { callbackError, reusable, start } = actions[request.kind];
    logs.setRequestId(request.request_id);
    const maxResult = (settings || request.settings).max_result;
    current = new Call(descriptor, { callbackError, reusable, id: request.id, maxResult });
    current.run((callback) => start(request, body, callback));
  });
  channel.send(descriptor, { id: 0, error_type: null, reusable: true }, NOTHING);
}

main();
