'use strict';

// The operations after the guide with the official Node SDK. Prints what every step came
// to, as one JSON object.

const FC = require('@alicloud/fc2');

const client = new FC(process.env.ACCOUNT_ID, {
  accessKeyID: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  region: 'local',
  endpoint: process.env.FC_ENDPOINT,
});

const [service, name] = ['node-later', 'echo'];
const arn = `services/${service}`;

async function refused(call) {
  try {
    await call;
  } catch (error) {
    return { code: error.code, name: error.name, message: error.message };
  }
  return null;
}

async function account(steps) {
  steps.settings = (await client.getAccountSettings()).data;
  steps.configs = (await client.getAccountConfigs({ config: ['CodeSizeLimit'] })).data;
  steps.capacities = (await client.listReservedCapacities({ limit: 5 })).data;
  steps.token = (await client.getTempBucketToken()).data;
  steps.codeToken = (await client.getTempCodeBucketPermission(service, name, 'e1', {})).data;
}

async function tags(steps) {
  await client.tagResource(arn, { k1: 'v1', k2: 'v2' });
  steps.tags = (await client.getResourceTags({ resourceArn: arn })).data;
  steps.tagged = (await client.listServices({ tags: { k1: 'v1' } })).data.services;
  await client.untagResource(arn, ['k1']);
  steps.untagged = (await client.getResourceTags({ resourceArn: arn })).data.tags;
  await client.untagResource(arn, [], true);
}

async function layers(steps, zipFile) {
  const options = { code: { zipFile }, compatibleRuntime: ['nodejs8'], description: 'lends' };
  steps.layer = (await client.publishLayerVersion('lent', options)).data;
  steps.layers = (await client.listLayers({ prefix: 'lent' })).data.layers;
  steps.versions = (await client.listLayerVersions('lent', { startVersion: 1 })).data.layers;
  steps.version = (await client.getLayerVersion('lent', 1)).data;
  steps.byArn = (await client.getLayerVersionByArn(steps.layer.arnV2)).data;
  steps.byOldArn = (await client.getLayerVersionByArn(steps.layer.arn)).data;
  await client.putLayerACL('lent', { public: true });
  steps.publicLayers = (await client.listLayers({ public: true })).data.layers;
  await client.updateFunction(service, name, { layers: [steps.layer.arnV2] });
  steps.lent = (await client.invokeFunction(service, name, 'x')).data;
  await client.deleteLayerVersion('lent', 1);
  steps.noLayer = await refused(client.getLayerVersion('lent', 1));
}

async function concurrency(steps) {
  const limit = { maximumInstanceCount: 3 };
  steps.onDemand = (await client.putOnDemandConfig(service, name, 'LATEST', limit)).data;
  steps.onDemandAgain = (await client.getOnDemandConfig(service, name, 'LATEST')).data;
  steps.onDemands = (await client.listOnDemandConfigs({ prefix: 'services/' })).data.configs;
  await client.deleteOnDemandConfig(service, name, 'LATEST');
  steps.noOnDemand = await refused(client.getOnDemandConfig(service, name, 'LATEST'));
  steps.provision = (await client.putProvisionConfig(service, name, 'LATEST', { target: 1 })).data;
  steps.provisionAgain = (await client.getProvisionConfig(service, name, 'LATEST')).data;
  steps.provisions = (
    await client.listProvisionConfigs({ serviceName: service, qualifier: 'LATEST' })
  ).data.provisionConfigs;
  await client.putProvisionConfig(service, name, 'LATEST', { target: 0 });
}

async function asyncConfigs(steps) {
  const config = { maxAsyncRetryAttempts: 1, statefulInvocation: true };
  steps.asyncConfig = (await client.putFunctionAsyncConfig(service, name, 'LATEST', config)).data;
  steps.asyncAgain = (await client.getFunctionAsyncConfig(service, name, 'LATEST')).data;
  steps.asyncConfigs = (await client.listFunctionAsyncConfigs(service, name)).data.configs;
  await client.deleteFunctionAsyncConfig(service, name, 'LATEST');
  steps.noAsync = await refused(client.getFunctionAsyncConfig(service, name, 'LATEST'));
}

function exec(instance) {
  return new Promise((resolve, reject) => {
    let heard = '';
    const session = client.instanceExec(
      service,
      name,
      'LATEST',
      instance,
      { command: ['sh', '-c', 'read line; echo got $line'], tty: false },
      {
        onStdout: (data) => {
          heard += data.toString();
        },
        onError: reject,
        onClose: () => resolve(heard),
      },
    );
    session.then((opened) => {
      opened.websocket.on('open', () => opened.sendMessage(Buffer.from('héllo\n')));
    }, reject);
  });
}

async function instances(steps) {
  const listed = await client.listInstances(service, name, 'LATEST', { limit: 10 });
  steps.instances = listed.data.instances;
  steps.exec = await exec(steps.instances[0].instanceId);
}

async function main() {
  const steps = {};
  const [zipFile, lent] = process.argv.slice(2);
  await client.createService(service);
  const fields = { functionName: name, handler: 'index.handler', runtime: 'nodejs8' };
  await client.createFunction(service, Object.assign({ code: { zipFile } }, fields));
  await account(steps);
  await tags(steps);
  await layers(steps, lent);
  await concurrency(steps);
  await asyncConfigs(steps);
  await instances(steps);
  process.stdout.write(JSON.stringify(steps));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
