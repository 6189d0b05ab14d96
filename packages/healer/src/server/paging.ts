import { z } from 'zod';
import { RequestProblem } from './problem.ts';
import { countInQuery } from './read-request.ts';

/** Rows that one answer holds at most. */
export const pageLimit = 1_000;

/** What the query of a list takes: where to go on, and how many rows. */
export function pageQuery(standardLimit: number) {
  return {
    cursor: z.string().max(1_000).optional().describe('The `next` of the page before. Opaque.'),
    limit: countInQuery({ least: 1, most: pageLimit, standard: standardLimit }),
  };
}

/**
 * Where a list goes on, as a text that means nothing to a caller. It names the last row that was given, not how many
 * there were: what is added meanwhile neither repeats a row nor hides one.
 */
export class Cursors<Place extends z.ZodType> {
  readonly #list: string;
  readonly #place: Place;

  /** `list`: its name, so that a cursor of another list is noticed. */
  constructor(list: string, place: Place) {
    this.#list = list;
    this.#place = place;
  }

  write(place: z.input<Place>): string {
    return Buffer.from(JSON.stringify([this.#list, place])).toString('base64url');
  }

  /** Throws `malformed` where it is none of this list. */
  read(cursor: string): z.output<Place> {
    const text = parseText(cursor);
    const [list, place] = Array.isArray(text) ? text : [];
    const read = this.#place.safeParse(place);
    if (list === this.#list && read.success) return read.data;
    throw new RequestProblem(
      'malformed',
      'cursor: this is no cursor of this list: give the `next` of its page before as it came, or leave it out to begin anew',
      'cursor',
    );
  }

  /** Cuts the row off that only showed whether there are more. */
  page<Row>(
    rows: readonly Row[],
    limit: number,
    placeOf: (row: Row) => z.input<Place>,
  ): { readonly rows: readonly Row[]; readonly next?: string } {
    const given = rows.slice(0, limit);
    const last = given.at(-1);
    return rows.length > limit && last !== undefined
      ? { rows: given, next: this.write(placeOf(last)) }
      : { rows: given };
  }
}

function parseText(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
