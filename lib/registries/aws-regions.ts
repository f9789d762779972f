/**
 * Whether an account has to enable a region before its keys mean anything there. Those that opened before 20 March 2019 are on
 * for everybody: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
export function isOptInRegion(region: string): boolean {
  return !alwaysOn.has(region) && !/^(?:cn|us-gov|eusc)-/.test(region);
}

const alwaysOn: ReadonlySet<string> = new Set([
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
  ...['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
]);
