'use strict';

// Does what the original fun does in API Gateway, with the official Node SDKs.
// Prints what every step came to, as one JSON object.

const CloudApi = require('@alicloud/cloudapi');
const Ram = require('@alicloud/ram');

const { FC_ENDPOINT: endpoint, FC_SECRET: secret } = process.env;
const keys = { accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID, accessKeySecret: secret };

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

async function role() {
  const ram = new Ram({ ...keys, endpoint });
  const name = { RoleName: 'apigatewayAccessFC' };
  const policy = { PolicyType: 'System', PolicyName: 'AliyunFCInvocationAccess' };
  const created = await ram.createRole({ ...name, AssumeRolePolicyDocument: trust });
  await ram.attachPolicyToRole({ ...policy, ...name });
  return created.Role.Arn;
}

function definition(group, arn) {
  return {
    GroupId: group.GroupId,
    ApiName: 'helloworld',
    Visibility: 'PUBLIC',
    Description: 'The awesome api',
    AuthType: 'ANONYMOUS',
    RequestConfig: JSON.stringify({
      RequestHttpMethod: 'GET',
      RequestProtocol: 'HTTP',
      BodyFormat: '',
      PostBodyDescription: '',
      RequestPath: '/helloworld',
    }),
    RequestParameters: JSON.stringify([
      { ApiParameterName: 'name', Location: 'Query', ParameterType: 'String' },
    ]),
    ServiceParameters: JSON.stringify([
      {
        ServiceParameterName: 'name',
        Location: 'Query',
        Type: 'String',
        ParameterCatalog: 'REQUEST',
      },
    ]),
    ServiceParametersMap: JSON.stringify([
      { ServiceParameterName: 'name', RequestParameterName: 'name' },
    ]),
    ServiceConfig: JSON.stringify({
      ServiceProtocol: 'FunctionCompute',
      ContentTypeValue: 'application/x-www-form-urlencoded; charset=UTF-8',
      Mock: 'FALSE',
      MockResult: '',
      ServiceTimeout: 3000,
      ServiceAddress: '',
      ServicePath: '',
      ServiceHttpMethod: '',
      ContentTypeCatagory: 'DEFAULT',
      ServiceVpcEnable: 'FALSE',
      FunctionComputeConfig: {
        FcRegionId: 'cn-shanghai',
        ServiceName: 'fc',
        FunctionName: 'helloworld',
        RoleArn: arn,
      },
    }),
    ResultType: 'TEXT',
    ResultSample: 'result sample',
  };
}

async function main() {
  const steps = {};
  const arn = await role();
  const api = new CloudApi({ ...keys, endpoint });
  steps.noGroups = await api.describeApiGroups({}, { timeout: 10000 });
  const group = await api.createApiGroup(
    { GroupName: 'apigw_fc', Description: 'API Gateway & Function Compute' },
    { timeout: 10000 },
  );
  steps.createApiGroup = group;
  steps.groups = await api.describeApiGroups({}, { timeout: 10000 });
  const { GroupId } = group;
  steps.noApis = await api.describeApis({ GroupId, ApiName: 'helloworld' });
  const { ApiId } = await api.createApi(definition(group, arn));
  steps.apis = await api.describeApis({ GroupId, ApiName: 'helloworld' });
  await api.modifyApi({ ...definition(group, arn), ApiId });
  for (const StageName of ['RELEASE', 'TEST']) {
    await api.deployApi({ GroupId, ApiId, StageName, Description: 'deployed by fun at ...' });
  }
  steps.describeApi = await api.describeApi({ GroupId, ApiId });
  steps.url = `http://${group.SubDomain}${steps.describeApi.RequestConfig.RequestPath}`;
  steps.missingGroup = await refused(api.describeApis({ GroupId: 'none', ApiName: 'x' }));
  steps.missingApi = await refused(api.describeApi({ GroupId, ApiId: 'none' }));
  steps.missingStage = await refused(
    api.deployApi({ GroupId, ApiId, StageName: 'other', Description: 'x' }),
  );
  const other = new CloudApi({ ...keys, accessKeySecret: 'another', endpoint });
  steps.wrongSecret = await refused(other.describeApiGroups());
  process.stdout.write(JSON.stringify(steps), () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
