import ipaddr from 'ipaddr.js';

/**
 * What may be done with an address: `public` ones may be called, `private` ones where the operator allows it, and
 * `never` ones (link-local and the metadata services of clouds) not at all.
 */
export type AddressClass = 'public' | 'private' | 'never';

/** Classes an IPv4 or IPv6 address in text. What is no address is `never`. */
export function classifyAddress(text: string): AddressClass {
  if (!ipaddr.isValid(text)) return 'never';
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv4 ? classifyV4(address) : classifyV6(address);
}

/**
 * Metadata services and their like, by cloud. Those in 169.254.0.0/16 are link-local already.
 * AWS https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 * Azure https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 * Google https://cloud.google.com/compute/docs/metadata/querying-metadata
 * Alibaba https://www.alibabacloud.com/help/ecs/user-guide/view-instance-metadata
 */
const metadataV4 = ['100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'].map((text) =>
  ipaddr.IPv4.parseCIDR(text),
);
const metadataV6 = ['fd00:ec2::/32', 'fd20:ce::/32'].map((text) => ipaddr.IPv6.parseCIDR(text));

/** https://www.iana.org/assignments/iana-ipv4-special-registry: only what is in no special range is public. */
function classifyV4(address: ipaddr.IPv4): AddressClass {
  const range = address.range();
  if (range === 'linkLocal' || metadataV4.some((network) => address.match(network))) return 'never';
  return range === 'unicast' ? 'public' : 'private';
}

/**
 * https://www.iana.org/assignments/iana-ipv6-special-registry; an IPv4 address inside another counts as itself. Nothing
 * outside 2000::/3 was ever given to anybody: https://www.iana.org/assignments/ipv6-address-space
 */
function classifyV6(address: ipaddr.IPv6): AddressClass {
  const range = address.range();
  const parts = address.parts;
  if (range === 'linkLocal' || metadataV6.some((network) => address.match(network))) return 'never';
  // ::ffff:a.b.c.d (RFC 4291, 2.5.5.2) and ::ffff:0:a.b.c.d (RFC 2765)
  if (range === 'ipv4Mapped' || range === 'rfc6145') return classifyV4(embedded(parts, 6));
  // ::a.b.c.d (RFC 4291, 2.5.5.1): deprecated, so never public
  if (address.match(ipv4Compatible)) return inside(classifyV4(embedded(parts, 6)));
  // 64:ff9b::a.b.c.d (RFC 6052, 2.1). In 64:ff9b:1::/48 (RFC 8215) its place is not known: it could be anything.
  if (range === 'rfc6052') return parts[2] === 0 ? classifyV4(embedded(parts, 6)) : 'never';
  // 2002:aabb:ccdd:: (RFC 3056, 2)
  if (range === '6to4') return classifyV4(embedded(parts, 1));
  // 2001:0::/32 hides addresses on both of its ends (RFC 4380, 4).
  if (range === 'teredo') return 'never';
  return range === 'unicast' && address.match(globalUnicast) ? 'public' : 'private';
}

const ipv4Compatible = ipaddr.IPv6.parseCIDR('::/96');
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Of an address in a range that the internet does not route: whatever it holds, it is not public. */
function inside(found: AddressClass): AddressClass {
  return found === 'never' ? 'never' : 'private';
}

/** The IPv4 address in two 16-bit parts, the first at `index`. */
function embedded(parts: readonly number[], index: number): ipaddr.IPv4 {
  const [high = 0, low = 0] = parts.slice(index, index + 2);
  return new ipaddr.IPv4([high >> 8, high & 255, low >> 8, low & 255]);
}
