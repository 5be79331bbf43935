'use strict';

// An HTTP trigger and a custom domain with the official Node SDK.
// Prints what every step came to, as one JSON object.

const FC = require('@alicloud/fc2');

const client = new FC(process.env.ACCOUNT_ID, {
  accessKeyID: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  region: 'local',
  endpoint: process.env.FC_ENDPOINT,
});

const [service, name, domain] = ['node-http', 'echo', 'node.example.com'];

async function refused(call) {
  try {
    await call;
  } catch (error) {
    return { code: error.code, name: error.name, message: error.message };
  }
  return null;
}

async function create(steps, zipFile) {
  await client.createService(service);
  await client.createFunction(service, {
    functionName: name,
    handler: 'index.handler',
    runtime: 'nodejs12',
    code: { zipFile },
  });
  steps.trigger = (
    await client.createTrigger(service, name, {
      triggerName: 'http',
      triggerType: 'http',
      triggerConfig: { authType: 'function', methods: ['GET', 'POST', 'PUT', 'DELETE'] },
    })
  ).data;
}

async function calls(steps) {
  const proxy = `/proxy/${service}/${name}`;
  steps.get = (await client.get(`${proxy}/a/b`, { x: '1', y: 'two words' })).data;
  steps.post = (await client.post(`${proxy}/`, Buffer.from('{"a":1}'), null, { q: 'é' })).data;
  steps.put = (await client.put(`${proxy}/p`, { a: 1 })).data;
  steps.delete = (await client.delete(`${proxy}/d`)).data;
  steps.latest = (await client.get(`/proxy/${service}.LATEST/${name}/`)).data;
  steps.failed = await refused(client.get(`${proxy}/fail`));
}

async function domains(steps) {
  const route = { path: '/*', serviceName: service, functionName: name, qualifier: null };
  steps.createDomain = (
    await client.createCustomDomain(domain, { routeConfig: { routes: [route] } })
  ).data;
  steps.getDomain = (await client.getCustomDomain(domain)).data;
  steps.updateDomain = (await client.updateCustomDomain(domain, { protocol: 'HTTP' })).data;
  steps.listDomains = (await client.listCustomDomains({ limit: 5 })).data;
  await client.deleteCustomDomain(domain);
  steps.goneDomain = await refused(client.getCustomDomain(domain));
}

async function main() {
  const steps = {};
  await create(steps, process.argv[2]);
  await calls(steps);
  await domains(steps);
  process.stdout.write(JSON.stringify(steps));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
