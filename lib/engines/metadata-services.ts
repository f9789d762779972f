/**
 * Where clouds hand the credentials of a machine to whatever runs on it: what a step must not reach. Each of them answers on port 80.
 * AWS https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 * ECS https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 * EKS https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
 * Google https://cloud.google.com/compute/docs/metadata/querying-metadata
 * Azure https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 * Alibaba https://www.alibabacloud.com/help/ecs/user-guide/view-instance-metadata
 */
export const metadataServices: readonly string[] = [
  // AWS, Google, Azure, OpenStack, Oracle and others.
  '169.254.169.254',
  // Of tasks in ECS and pods in EKS.
  '169.254.170.2',
  '169.254.170.23',
  // Azure, Alibaba, Oracle.
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  // AWS, EKS, Google.
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
];

/** The IPv4 networks that hold them, for routes that keep steps away. */
export const metadataNetworks: readonly string[] = [
  '169.254.0.0/16',
  '168.63.129.16/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
];
