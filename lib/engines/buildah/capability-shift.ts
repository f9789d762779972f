/**
 * Takes an offset off the users that file capabilities are bound to, in the records of a pax header. A capability that was given in a
 * namespace of users holds for the user that is root there, by its number outside; as part of an image it has to hold for 0.
 *
 * https://man7.org/linux/man-pages/man7/capabilities.7.html (File capability versioning; struct vfs_ns_cap_data)
 * @param records of one extended header: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 * @returns the same bytes, or as many others
 */
export function shiftCapabilities(
  records: Buffer,
  users: { readonly first: number; readonly count: number },
): Buffer {
  const shifted = Buffer.from(records);
  for (let at = 0; at < shifted.length; ) {
    const blank = shifted.indexOf(' ', at, 'latin1');
    const length = Number(shifted.toString('latin1', at, blank));
    // What is no record is passed on as it is.
    if (blank < 0 || !Number.isInteger(length) || length <= blank - at || at + length > shifted.length) break;
    const value = blank + 1 + name.length;
    const isCapability = shifted.toString('latin1', blank + 1, value) === name;
    // A line end closes the record.
    if (isCapability) shiftValue(shifted.subarray(value, at + length - 1), users);
    at += length;
  }
  return shifted;
}

const name = 'SCHILY.xattr.security.capability=';

/** Of the third version alone: revision and flags, two pairs of sets, and the user. Little-endian. */
function shiftValue(
  value: Buffer,
  { first, count }: { readonly first: number; readonly count: number },
): void {
  if (value.length !== 24 || value.readUInt32LE(0) >>> 24 !== 3) return;
  const root = value.readUInt32LE(20);
  if (root >= first && root < first + count) value.writeUInt32LE(root - first, 20);
}
