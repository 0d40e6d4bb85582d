/**
 * Entries by their places, read from the files: the index only says where. What it says of an entry is held against what
 * stands there, so that it can leave something out but never tell something that is not so.
 */

import { parseEntry } from "../../audit/line.ts";
import type { EntryBody } from "../../audit/entry.ts";
import { own, type About, type Found, type Read } from "../found.ts";
import type { Blocks } from "./blocks.ts";
import { IndexError, numberOf, textOf, type IndexDatabase, type Row } from "./database.ts";
import { facetOf, idNumber, type Facet } from "./facet.ts";
import { subjectOf } from "./filled.ts";

export interface Place {
  readonly stream: number;
  readonly line: number;
}

export interface Lookup {
  /** The entry there. @throws IndexError where there is none. */
  at(place: Place): Promise<Read>;
  /** With what it is about, as another entry in the files says. */
  whole(read: Read): Promise<Found>;
  /** Where ids are named. */
  places(id: string, most: number): readonly Place[];
  nameOf(stream: number): string;
}

/** An id that this many entries name is somebody's joke, or a request that calls without number have joined. */
const MOST_SUBJECTS = 100;

export function openLookup(database: IndexDatabase, blocks: Blocks): Lookup {
  const selectName = database.prepare("SELECT name, bytes FROM streams WHERE id = ?");
  const selectMark = database.prepare(
    "SELECT line, at FROM marks WHERE stream = ? AND line <= ? ORDER BY line DESC LIMIT 1",
  );
  const selectNext = database.prepare("SELECT at FROM marks WHERE stream = ? AND line > ? ORDER BY line LIMIT 1");
  const selectPlaces = database.prepare("SELECT stream, line FROM ids WHERE id = ? ORDER BY stream, line LIMIT ?");
  const names = new Map<number, Row>();
  /** By stream and first line. */
  const read = new Map<string, Promise<readonly string[]>>();

  function streamRow(stream: number): Row {
    const known = names.get(stream) ?? (selectName.get(stream) as Row | undefined);
    if (known === undefined) throw new IndexError("a stream is not known");
    names.set(stream, known);
    return known;
  }

  async function linesFrom(stream: number, line: number, at: number): Promise<readonly string[]> {
    const row = streamRow(stream);
    const next = selectNext.get(stream, line) as Row | undefined;
    const end = next === undefined ? numberOf(row, "bytes") : numberOf(next, "at");
    return (await blocks.read(textOf(row, "name"), at, end - at)).toString("utf8").split("\n");
  }

  async function at({ stream, line }: Place): Promise<Read> {
    const mark = selectMark.get(stream, line) as Row | undefined;
    if (mark === undefined) throw new IndexError("a line has no place");
    const first = numberOf(mark, "line");
    const key = `${stream} ${first}`;
    const lines = read.get(key) ?? linesFrom(stream, first, numberOf(mark, "at"));
    read.set(key, lines);
    const text = (await lines)[line - first];
    const parsed = text === undefined ? undefined : parseEntry(text);
    if (text === undefined || parsed?.kind !== "entry") throw new IndexError("there is no entry at its place");
    return { stream: textOf(streamRow(stream), "name"), line: text, entry: parsed.entry };
  }

  const places = (id: string, most: number): readonly Place[] =>
    (selectPlaces.all(idNumber(id), most) as Row[]).map((row) => ({
      stream: numberOf(row, "stream"),
      line: numberOf(row, "line"),
    }));

  /** What the entry of that kind with this id says. */
  async function said(kind: EntryBody["kind"], id: string): Promise<About | undefined> {
    for (const place of places(id, MOST_SUBJECTS)) {
      const { body } = (await at(place)).entry;
      const about = own(body);
      if (body.kind === kind && (kind === "request.opened" ? about.request : about.call) === id) return about;
    }
    return undefined;
  }

  return {
    at,
    places,
    nameOf: (stream) => textOf(streamRow(stream), "name"),
    async whole(one) {
      const { body } = one.entry;
      const subject = subjectOf(body);
      const about = subject === undefined ? undefined : await said(subject.kind, subject.id);
      return { ...one, about: { ...about, ...own(body) } };
    },
  };
}

const fits = (known: string | null, says: string | null): boolean => says === null || known === says;

/** Whether the index was right about an entry, as far as the entry itself can tell. */
export function isOf(facet: Facet, body: EntryBody): boolean {
  const told = facetOf(body, own(body));
  return (
    told.kind === facet.kind &&
    fits(facet.agent, told.agent) &&
    fits(facet.decision, told.decision) &&
    facet.people.length === told.people.length &&
    facet.people.every((one, at) => one === told.people[at]) &&
    (told.type === null
      ? facet.type !== null || fits(facet.server, told.server)
      : facet.server === told.server && facet.type === told.type && (facet.name === null || facet.name === told.name))
  );
}
