/**
 * The productions of a reference, each written down once.
 * https://pkg.go.dev/github.com/distribution/reference@v0.6.0#hdr-Grammar
 */
const domainComponent = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)';
const domainName = String.raw`${domainComponent}(?:\.${domainComponent})*`;
const ipv6Address = String.raw`\[[a-fA-F0-9:]+\]`;
const domain = `(?:${domainName}|${ipv6Address})(?::[0-9]+)?`;
const pathComponent = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const path = `${pathComponent}(?:/${pathComponent})*`;
const tag = String.raw`[\w][\w.-]{0,127}`;
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';

export const grammar = {
  domain: new RegExp(`^${domain}$`),
  repository: new RegExp(`^${path}$`),
  tag: new RegExp(`^${tag}$`),
  /** Groups: domain, path, tag, digest. The domain is not optional here: normalisation put one. */
  reference: new RegExp(`^(${domain})/(${path})(?::(${tag}))?(?:@(${digest}))?$`),
  /** 64 hexadecimal digits alone are an image id, not a name. */
  identifier: /^[a-f0-9]{64}$/,
} as const;
