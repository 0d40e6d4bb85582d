/**
 * The records of a zip file (PKWARE APPNOTE 6.3.9) as we write them: deflated, no comments, one disk. Zip64 (sections 4.3.14,
 * 4.3.15, 4.5.3) says only what 32 bits cannot: where a file begins, how many there are. Pure.
 */

/** What 32 or 16 bits say of what they cannot hold. */
export const MOST = 0xffff_ffff;
const MOST_FILES = 0xffff;
/** 1 January 1980, the first moment that the format knows: when a file was packed says nothing. */
const DATE = 0x21;
/** Deflate is method 8; the flag says that names are UTF-8. */
const [METHOD, FLAGS, VERSION, VERSION_64] = [8, 0x0800, 20, 45];
export const [LOCAL, CENTRAL, END, END_64] = [0x0403_4b50, 0x0201_4b50, 0x0605_4b50, 0x0606_4b50] as const;
const LOCATOR_64 = 0x0706_4b50;
/** Of the records at the end. */
export const [END_BYTES, END_64_BYTES, LOCATOR_BYTES] = [22, 56, 20] as const;
/** Of the field that says where a file begins, with its head. */
export const PLACE_BYTES = 12;

export interface Written {
  readonly name: Buffer;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

function fields(list: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  const buffer = Buffer.alloc(list.reduce((all, [bytes]) => all + bytes, 0));
  let at = 0;
  for (const [bytes, value] of list)
    at = bytes === 8 ? buffer.writeBigUInt64LE(BigInt(value), at) : buffer.writeUIntLE(value, at, bytes);
  return buffer;
}

const common = ({ name, crc, packed, size }: Written): readonly (readonly [2 | 4, number])[] => [
  [2, VERSION],
  [2, FLAGS],
  [2, METHOD],
  [2, 0],
  [2, DATE],
  [4, crc],
  [4, packed],
  [4, size],
  [2, name.length],
];

export const localHead = (one: Written): Buffer =>
  Buffer.concat([fields([[4, LOCAL], ...common(one), [2, 0]]), one.name]);

export function centralHead(one: Written): Buffer {
  const place = one.at < MOST ? Buffer.alloc(0) : fields([[2, 1], [2, 8], [8, one.at]]); // prettier-ignore
  // Made by version 2.0 on a system without permissions; no comment, one disk, no attributes.
  const rest = [[2, place.length], [2, 0], [2, 0], [2, 0], [4, 0], [4, Math.min(one.at, MOST)]] as const; // prettier-ignore
  return Buffer.concat([fields([[4, CENTRAL], [2, VERSION], ...common(one), ...rest]), one.name, place]);
}

/** What a directory's end says. */
export interface Ending {
  readonly count: number;
  /** Of the directory, and where it begins. */
  readonly bytes: number;
  readonly from: number;
}

export const needs64 = ({ count, bytes, from }: Ending): boolean =>
  count >= MOST_FILES || bytes >= MOST || from >= MOST;

/** All that comes after the directory: there is one way only to say it. */
export function endOf(ending: Ending): Buffer {
  const { count, bytes, from } = ending;
  const few = Math.min(count, MOST_FILES);
  const sizes = [[2, few], [2, few], [4, Math.min(bytes, MOST)], [4, Math.min(from, MOST)]] as const; // prettier-ignore
  const end = fields([[4, END], [2, 0], [2, 0], ...sizes, [2, 0]]);
  if (!needs64(ending)) return end;
  const versions = [[2, VERSION_64], [2, VERSION_64], [4, 0], [4, 0]] as const; // prettier-ignore
  const large = [[8, count], [8, count], [8, bytes], [8, from]] as const; // prettier-ignore
  const end64 = fields([[4, END_64], [8, END_64_BYTES - 12], ...versions, ...large]);
  const locator = fields([
    [4, LOCATOR_64],
    [4, 0],
    [8, from + bytes],
    [4, 1],
  ]);
  return Buffer.concat([end64, locator, end]);
}
