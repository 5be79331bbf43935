'use strict';

// The life of a service, a function and a trigger with the official Node SDK.
// Prints what every step came to, as one JSON object.

const FC = require('@alicloud/fc2');

const client = new FC(process.env.ACCOUNT_ID, {
  accessKeyID: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  region: 'local',
  endpoint: process.env.FC_ENDPOINT,
});

const [service, name, clock] = ['node-peer', 'reverse', 'clock'];
const binary = Buffer.from([0, 255, 10, 13, 128]);

async function refused(call) {
  try {
    await call;
  } catch (error) {
    return { code: error.code, name: error.name, message: error.message };
  }
  return null;
}

async function services(steps) {
  steps.createService = (await client.createService(service, { description: 'made by node' })).data;
  steps.getService = await client.getService(service);
  const etag = steps.getService.headers.etag;
  steps.updateService = (
    await client.updateService(service, { description: 'new' }, { 'if-match': etag })
  ).data;
  steps.refusedUpdate = await refused(
    client.updateService(service, { description: 'x' }, { 'if-match': etag }),
  );
  steps.listServices = (await client.listServices({ limit: 10, prefix: 'node' })).data;
  steps.notFound = await refused(client.getService('nothing'));
}

async function functions(steps, zipFile) {
  steps.createFunction = (
    await client.createFunction(service, {
      functionName: name,
      handler: 'index.handler',
      runtime: 'nodejs8',
      code: { zipFile },
    })
  ).data;
  steps.getFunction = (await client.getFunction(service, name)).data;
  steps.updateFunction = (await client.updateFunction(service, name, { memorySize: 256 })).data;
  steps.listFunctions = (await client.listFunctions(service)).data;
  steps.getFunctionCode = (await client.getFunctionCode(service, name)).data;
  const opts = { rawBuf: true };
  const reply = await client.invokeFunction(service, name, binary, {}, undefined, opts);
  steps.invoke = Buffer.from(reply.data).toString('hex');
  const failed = await client.invokeFunction(service, name, 'fail');
  steps.failed = { type: failed.headers['x-fc-error-type'], data: failed.data };
  const accepted = await client.invokeFunction(service, name, 'later', {
    'x-fc-invocation-type': 'Async',
  });
  steps.accepted = accepted.headers['x-fc-request-id'];
}

async function versions(steps) {
  steps.publishVersion = (await client.publishVersion(service, 'stable')).data;
  steps.unchanged = await refused(client.publishVersion(service, 'again'));
  await client.updateFunction(service, name, { description: 'second' });
  await client.publishVersion(service);
  steps.listVersions = (await client.listVersions(service, { direction: 'FORWARD' })).data;
  steps.createAlias = (
    await client.createAlias(service, 'prod', '1', { additionalVersionWeight: { 2: 1 } })
  ).data;
  const split = await client.invokeFunction(service, name, 'abc', {}, 'prod');
  const version = split.headers['x-fc-invocation-service-version'];
  steps.split = { data: split.data, version };
  steps.updateAlias = (
    await client.updateAlias(service, 'prod', '2', { additionalVersionWeight: {} })
  ).data;
  steps.getAlias = (await client.getAlias(service, 'prod')).data;
  steps.listAliases = (await client.listAliases(service)).data;
  steps.getOld = (await client.getFunction(service, name, {}, '1')).data;
  steps.getNew = (await client.getFunction(service, name, {}, 'prod')).data;
  await client.deleteAlias(service, 'prod');
  steps.noAlias = await refused(client.getService(service, {}, 'prod'));
  await client.deleteVersion(service, '1');
  steps.noVersion = await refused(client.getService(service, {}, '1'));
  await client.deleteVersion(service, '2');
}

async function triggers(steps) {
  const triggerConfig = { payload: 'awake', cronExpression: '@every 300m', enable: true };
  steps.createTrigger = (
    await client.createTrigger(service, name, {
      triggerName: clock,
      triggerType: 'timer',
      triggerConfig,
    })
  ).data;
  steps.getTrigger = (await client.getTrigger(service, name, clock)).data;
  steps.updateTrigger = (
    await client.updateTrigger(service, name, clock, {
      triggerConfig: { ...triggerConfig, enable: false },
    })
  ).data;
  steps.listTriggers = (await client.listTriggers(service, name)).data;
}

async function end(steps) {
  steps.notEmpty = await refused(client.deleteService(service));
  await client.deleteTrigger(service, name, clock);
  await client.deleteFunction(service, name);
  await client.deleteService(service);
  steps.gone = await refused(client.getService(service));
}

async function main() {
  const steps = {};
  await services(steps);
  await functions(steps, process.argv[2]);
  await versions(steps);
  await triggers(steps);
  await end(steps);
  process.stdout.write(JSON.stringify(steps));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
