'use strict';

// Large code by way of OSS, and the helpers of the official Node SDK.
// Prints what every step came to, as one JSON object.

const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');

const HttpAgent = require('agentkeepalive');
const FC = require('@alicloud/fc2');

const client = new FC(process.env.ACCOUNT_ID, {
  accessKeyID: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  region: 'local',
  endpoint: process.env.FC_ENDPOINT,
});

const service = 'node-large';
const fields = { handler: 'index.handler', runtime: 'nodejs12' };

// Stores each object where the embedded server looks for it: root/bucket/object.
function serveOss(root) {
  return http.createServer((request, response) => {
    const bucket = request.headers.host.split('.')[0];
    const file = path.join(root, bucket, decodeURIComponent(request.url));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    request.pipe(fs.createWriteStream(file)).on('finish', () => response.end());
  });
}

// The SDK knows the names of OSS's hosts alone: connect all of them to this server.
function connectOss(port) {
  for (const Agent of [HttpAgent, HttpAgent.HttpsAgent]) {
    Agent.prototype.createConnection = () => net.connect(port, '127.0.0.1');
  }
}

async function invoked(name) {
  return (await client.invokeFunction(service, name, 'x')).data;
}

async function functions(steps, zipFile) {
  const code = () => ({ code: { zipFile }, withoutCodeLimit: true });
  await client.createFunction(service, { functionName: 'large', ...fields, ...code() });
  steps.created = await invoked('large');
  const update = { functionName: 'large', description: 'new', ...code() };
  steps.updated = (await client.updateFunction(service, 'large', update)).data.description;
}

async function partsOfThat(steps, zipFile) {
  const token = await client.getTempCodeBucketPermission(service, 'parts');
  const options = { functionName: 'parts', timeout: '7', ...fields, code: { zipFile } };
  const uploaded = await client.uploadCodeToTmpOssBucket(client, token, service, options);
  await client.largeFunctionHelper(client, uploaded, service, options, {}, true);
  steps.parts = await invoked('parts');
  steps.timeout = (await client.getFunction(service, 'parts')).data.timeout;
}

async function layer(steps, zipFilePath) {
  const codeConfig = { zipFilePath, size: fs.statSync(zipFilePath).size };
  const options = { codeConfig, compatibleRuntime: ['nodejs12'] };
  steps.layer = (await client.publishLayerVersionForBigCode('large', options)).data;
}

// Resolves to the code of the WebSocket's close, or the status of a refusal.
function connect(where, query) {
  const socket = client.websocket(where, query);
  return new Promise((resolve, reject) => {
    socket.on('close', resolve);
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.on('error', reject);
  });
}

async function helpers(steps) {
  const options = { memorySize: '256', timeout: '5', functionName: 1 };
  client.normalizeParams(options);
  steps.normalized = options;
  steps.headers = Object.keys(client.buildHeaders());
  const got = await client.request('GET', `/services/${service}`, null, null, {}, {});
  steps.requested = got.data.serviceName;
  const listed = (await client.listInstances(service, 'parts', 'LATEST')).data.instances;
  const instances = `/services/${service}.LATEST/functions/parts/instances`;
  const query = { command: ['true'], tty: false };
  steps.closed = await connect(`${instances}/${listed[0].instanceId}/exec`, query);
  steps.refused = await connect(`${instances}/missing/exec`, query);
}

async function main() {
  const steps = {};
  const [root, zipFile] = process.argv.slice(2);
  const oss = serveOss(root);
  await new Promise((resolve) => oss.listen(0, '127.0.0.1', resolve));
  connectOss(oss.address().port);
  await client.createService(service);
  await functions(steps, zipFile);
  await partsOfThat(steps, zipFile);
  await layer(steps, zipFile);
  await helpers(steps);
  process.stdout.write(JSON.stringify(steps), () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
