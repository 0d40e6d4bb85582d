/** One line at the head of each form of a report, by which it says what it rests on. What is signed leans on it. Pure. */

export interface Mark {
  /** RFC 3339; `until` exclusive. */
  readonly from: string;
  readonly until: string;
  /** Of the log's checkpoint; root hex. */
  readonly origin: string;
  readonly size: number;
  readonly root: string;
}

const MARK =
  /kidoban-report\/v1 (\d{4}-\d\d-\d\dT[\d:.]+Z) (\d{4}-\d\d-\d\dT[\d:.]+Z) ([^\s"<>&-][^\s"<>&]*) (0|[1-9]\d{0,14}) ([0-9a-f]{64})/;
/** Before anything that an agent wrote can stand. */
const HEAD_BYTES = 1000;

export const markOf = ({ from, until, origin, size, root }: Mark): string =>
  `kidoban-report/v1 ${from} ${until} ${origin} ${size} ${root}`;

/** Undefined where the file is no report. */
export function readMark(file: string): Mark | undefined {
  const [, from, until, origin, size, root] = MARK.exec(file.slice(0, HEAD_BYTES)) ?? [];
  if (from === undefined || until === undefined || origin === undefined || root === undefined) return undefined;
  return { from, until, origin, size: Number(size), root };
}
