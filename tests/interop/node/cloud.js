'use strict';

// Roles with the official Node SDK of RAM, logs with that of Log Service.
// Prints what every step came to, as one JSON object.

const http = require('http');

const Log = require('@alicloud/log');
const { RPCClient } = require('@alicloud/pop-core');
const Ram = require('@alicloud/ram');

const { FC_ENDPOINT: endpoint, FC_PROJECT: project, FC_SECRET: secret } = process.env;
const keys = { accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID, accessKeySecret: secret };

// Names below localhost are not known to every resolver.
const lookup = (host, options, callback) =>
  options.all
    ? callback(null, [{ address: '127.0.0.1', family: 4 }])
    : callback(null, '127.0.0.1', 4);
const agent = new http.Agent({ lookup });

const trust = JSON.stringify({
  Statement: [
    {
      Action: 'sts:AssumeRole',
      Effect: 'Allow',
      Principal: { Service: ['apigateway.aliyuncs.com'] },
    },
  ],
  Version: '1',
});

async function refused(call) {
  try {
    await call;
  } catch (error) {
    return { code: error.code, message: error.message };
  }
  return null;
}

// What the original fun does once per deployment.
async function roles(steps) {
  const ram = new Ram({ ...keys, endpoint });
  const name = { RoleName: 'apigatewayAccessFC' };
  const policy = { PolicyType: 'System', PolicyName: 'AliyunFCInvocationAccess' };
  steps.missingRole = await refused(ram.getRole(name));
  steps.createRole = await ram.createRole({
    ...name,
    Description: 'API网关访问 FunctionCompute',
    AssumeRolePolicyDocument: trust,
  });
  steps.getRole = await ram.getRole(name);
  steps.noPolicies = await ram.listPoliciesForRole(name);
  await ram.attachPolicyToRole({ ...policy, ...name });
  steps.policies = await ram.listPoliciesForRole(name);
  steps.byPost = await ram.request('ListRoles', {}, { method: 'POST' });
  const other = new Ram({ ...keys, accessKeySecret: 'another', endpoint });
  steps.wrongSecret = await refused(other.getRole(name));
  const gateway = new RPCClient({ ...keys, endpoint, apiVersion: '1999-01-01' });
  steps.unknownVersion = await refused(gateway.request('DescribeApiGroups'));
}

async function logs(steps) {
  const log = new Log({ ...keys, endpoint: endpoint.replace('127.0.0.1', 'localhost') });
  const options = { agent };
  const index = { line: { token: [' ', ':'], caseSensitive: false } };
  await log.createProject(project, { description: 'made by node' }, options);
  steps.getProject = await log.getProject(project, options);
  await log.createLogStore(project, 'logs', { ttl: 1, shardCount: 1 }, options);
  await log.updateLogStore(project, 'logs', { ttl: 2, shardCount: 1 }, options);
  steps.getLogStore = await log.getLogStore(project, 'logs', options);
  steps.listLogStore = await log.listLogStore(project, {}, options);
  await log.createIndex(project, 'logs', index, options);
  await log.updateIndex(project, 'logs', index, options);
  steps.getIndexConfig = await log.getIndexConfig(project, 'logs', options);
  const to = new Date();
  const query = { query: 'a b', line: 10, offset: 0, reverse: false };
  steps.getLogs = await log.getLogs(project, 'logs', new Date(to - 60000), to, query, options);
  await log.deleteIndex(project, 'logs', options);
  await log.deleteLogStore(project, 'logs', options);
  steps.missingStore = await refused(log.getLogStore(project, 'logs', options));
  await log.deleteProject(project, options);
  steps.missingProject = await refused(log.getProject(project, options));
}

async function main() {
  const steps = {};
  await roles(steps);
  await logs(steps);
  process.stdout.write(JSON.stringify(steps), () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
