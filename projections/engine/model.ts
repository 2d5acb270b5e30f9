/**
 * What a read model is. Three kinds, declared, never hand-written SQL:
 *
 * 1. {@link entity}: one row per key, folded from events (a call, an agent, a leg).
 * 2. {@link derived}: rows that follow from the changes of an entity's row (the log of an agent's states).
 * 3. {@link aggregate}: sums over rows of the other two, updated by adding what a row contributes now and subtracting
 *   what it contributed before. A row of sums that are all 0 does not exist.
 *
 * From one declaration come the table (versioned, behind a view of the model's name), the live row, the
 * rebuild, the answer as of a moment, and the data dictionary. Every row belongs to a tenant: `tenant`
 * is the first key column of every table and is never declared.
 */
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'

/** A column's SQL type, whether it may be null, and what it means. `T` is its TypeScript type. */
export interface Column<T> {
  readonly sql:
    | 'text'
    | 'bigint'
    | 'integer'
    | 'double precision'
    | 'boolean'
    | 'timestamptz'
    | 'jsonb'
    | 'bigint[]'
    | 'text[]'
    | 'date'
  readonly nullable: boolean
  /** For the data dictionary, in English. */
  readonly about: string
  /** Identifies a person (number, name): masked on screens, emptied when the person is forgotten. */
  readonly personal: boolean
  /** If another column has this value, this one identifies nobody (it is our own number) and is shown unmasked. */
  readonly plainWhere?: readonly [column: string, value: string]
  /** All possible words, for a column with a fixed set: a query for any other finds nothing. */
  readonly words?: readonly string[]
  readonly type?: T
}

export type Columns = Record<string, Column<unknown>>
/** A row as folds see it: camelCase columns, instants as UTC ms. */
export type RowOf<C extends Columns> = { [K in keyof C]: C[K] extends Column<infer T> ? T : never }

function column<T>(sql: Column<T>['sql'], about: string, nullable = false, personal = false): Column<T> {
  return { sql, about, nullable, personal }
}

export const text = (about: string) => column<string>('text', about)
export const textOrNull = (about: string) => column<string | null>('text', about, true)
/** One of a few words. */
export const word = (words: readonly string[], about: string): Column<string> => ({
  ...column<string>('text', about),
  words,
})
export const wordOrNull = (words: readonly string[], about: string): Column<string | null> => ({
  ...column<string | null>('text', about, true),
  words,
})
export const personalText = (
  about: string,
  plainWhere?: readonly [column: string, value: string],
): Column<string | null> => ({
  ...column<string | null>('text', about, true, true),
  ...(plainWhere && { plainWhere }),
})
/** A count; 0 if nothing was counted. */
export const count = (about: string) => column<number>('bigint', about)
export const countOrNull = (about: string) => column<number | null>('bigint', about, true)
export const integer = (about: string) => column<number>('integer', about)
/** Milliseconds. */
export const duration = (about: string) => column<number>('bigint', about)
export const durationOrNull = (about: string) => column<number | null>('bigint', about, true)
/** A share, 0 to 1. */
export const ratio = (about: string) => column<number>('double precision', about)
/** An instant: UTC ms in folds, timestamptz in the table. */
export const instant = (about: string) => column<number>('timestamptz', about)
export const instantOrNull = (about: string) => column<number | null>('timestamptz', about, true)
/** A day in the tenant's zone, `YYYY-MM-DD`. */
export const day = (about: string) => column<string>('date', about)
export const flag = (about: string) => column<boolean>('boolean', about)
export const texts = (about: string) => column<readonly string[]>('text[]', about)
/** Counts by bucket (a histogram); added element by element. */
export const counts = (about: string) => column<readonly number[]>('bigint[]', about)
export const json = <T>(about: string) => column<T>('jsonb', about)

/** What a fold knows besides the row and the event. */
export interface Place<K = Row> {
  readonly tenant: string
  /** The row's key. */
  readonly key: Readonly<K>
  /** The tenant's time zone at that point of the log (IANA name). A row that is cut by days keeps it. */
  readonly zone: string
}

/** How a row shows that its stream is set aside: one of the stream's events cannot be read, and later ones wait. */
export interface SetAsideRow<K = Row, R = Row> {
  /** Of streams of these categories: `call`, `shift`. */
  readonly category: string
  /** The row's key, by the stream's id. */
  readonly keyOf: (id: string) => K
  readonly on: (row: Readonly<R>, id: string) => R
}

/**
 * Events by their type, as folds receive them. The engine knows none of them: the code that declares models hands them
 * in ({@link entityOver}).
 */
export type Events<E> = { readonly [T in keyof E]: RecordedEvent }

type Fold<K, R, V = RecordedEvent> = (row: Readonly<R> | null, event: V, place: Place<K>) => R | null
/** An event that begins a row; a function if it touches other rows too. */
type Begins<K, V = RecordedEvent> = true | ((key: Readonly<K>, event: V) => boolean)
type KeysOf<K, V = RecordedEvent> = (event: V) => readonly K[]

export interface Entity<K extends Columns = Columns, C extends Columns = Columns> {
  readonly kind: 'entity'
  readonly name: string
  /** Raise it when the columns or the fold change: the next version is built beside this one. */
  readonly version: number
  readonly about: string
  readonly key: K
  readonly columns: C
  /** Keys that an event touches; without an entry: the fields of its data with the names of the key columns. */
  readonly keysOf: Readonly<Record<string, KeysOf<RowOf<K>>>>
  /**
   * The row after an event: pure, `null` for "no such row". A fold that throws parks its key. Key values in the row
   * must equal the key the event was given.
   */
  readonly on: Readonly<Record<string, Fold<RowOf<K>, RowOf<K & C>>>>
  /**
   * Events with which a row begins, with a newly made key: no row is looked up in the table. If one exists after all,
   * the page is folded again with every row loaded.
   */
  readonly begins: Readonly<Record<string, Begins<RowOf<K>>>>
  /** Marks the row of a stream that is set aside; null: no such mark. */
  readonly aside: SetAsideRow<RowOf<K>, RowOf<K & C>> | null
  /** Nothing more is expected for this row: it leaves memory, and is loaded again if something does come. */
  readonly finished: (row: Readonly<RowOf<K & C>>) => boolean
  /** Secondary indexes; each costs writes. */
  readonly indexes: readonly (readonly string[])[]
  /** Indexes of few rows, for a query of its own; lists do not sort by them. */
  readonly partialIndexes: readonly PartialIndex[]
  /** Texts that lists are also searched by a part of, and what a part of them is. */
  readonly searched: Readonly<Record<string, SearchedAs>>
  /** No index helps such a search, nor costs writes: for lists that are narrowed by time as a rule. */
  readonly scanned: boolean
  /**
   * Rows that a board shows: pushed live, held in memory, and part of the periodic snapshots that answer
   * "as of". A column's name: rows are on the board while it is null; `true`: all rows are; `null`: none.
   */
  readonly board: string | true | null
  /**
   * Kinds of effects outside the house that this change of the row has (`jobs.ts`); null: never any. Pure, and called
   * only live: never in a rebuild, never as of a moment.
   */
  readonly effects:
    | ((
        before: Readonly<RowOf<K & C>> | null,
        after: Readonly<RowOf<K & C>>,
        event: RecordedEvent,
      ) => readonly string[])
    | null
}

/** What a part of a text is, to those who search for it; the engine keeps what it says. */
export interface SearchedAs {
  /** Tells one kind from another. */
  readonly match: string
  /** Keys of a value, stored beside it; null: none, trigrams of the text serve. */
  readonly keysOf: ((value: string) => readonly string[]) | null
  /** What lists sort the text by, stored beside it; null: itself. */
  readonly orderOf: ((value: string) => string) | null
}

/** An index of those rows that meet a condition. */
export interface PartialIndex {
  /** Distinguishes it from the table's other indexes. */
  readonly name: string
  readonly columns: readonly string[]
  /** The condition in SQL, which queries must repeat. Of columns that never change, or each change costs as much as an insert. */
  readonly where: string
}

/** Rows that follow from the changes of an entity's row. */
export interface Derived<K extends Columns = Columns, C extends Columns = Columns> {
  readonly kind: 'derived'
  readonly name: string
  readonly version: number
  readonly about: string
  readonly key: K
  readonly columns: C
  readonly of: Entity
  /**
   * Rows that a change of the entity's row writes, each with its previous state (null: new). Called once per event, so
   * that no state in between is missed.
   */
  readonly derive: (before: Readonly<Row> | null, after: Readonly<Row> | null) => readonly DerivedChange<RowOf<K & C>>[]
  /** This row will not change again: a rebuild may write it out and forget it. */
  readonly finished: (row: Readonly<RowOf<K & C>>) => boolean
  readonly indexes: readonly (readonly string[])[]
}

export interface DerivedChange<R> {
  before: R | null
  after: R
}

/** Adds one to a bucket of a histogram column. */
export interface Bucket {
  readonly bucket: number
}

/** What one source row adds to one aggregate row. */
export interface Contribution {
  key: Row
  /** Added to the columns of those names. */
  add: Readonly<Record<string, number | Bucket>>
}

/** Any row, as the engine moves it. */
export type Row = Readonly<Record<string, unknown>>

export interface Aggregate<K extends Columns = Columns, C extends Columns = Columns> {
  readonly kind: 'aggregate'
  readonly name: string
  readonly version: number
  readonly about: string
  readonly key: K
  /** All additive: counts, durations, histograms. */
  readonly columns: C
  /** By source model: what a row of it contributes now. */
  readonly from: readonly AggregateSource[]
  readonly indexes: readonly (readonly string[])[]
  /** Pushed live. */
  readonly board: boolean
}

export interface AggregateSource {
  readonly source: Entity | Derived
  /** Pure: the same row always gives the same result, so that what was added can be subtracted again. */
  readonly contribute: (row: Row) => readonly Contribution[]
}

export type ReadModel = Entity | Derived | Aggregate

/** The models that a model's rows come from. */
export function sourcesOf(model: ReadModel): ReadModel[] {
  if (model.kind === 'derived') return [model.of]
  return model.kind === 'aggregate' ? model.from.map(({ source }) => source) : []
}

/** The declaration of an entity over these events. */
interface EntitySpec<E, K extends Columns, C extends Columns> {
  version: number
  about: string
  key: K
  columns: C
  keysOf?: { [T in keyof E]?: KeysOf<RowOf<K>, E[T]> }
  on: { [T in keyof E]?: Fold<RowOf<K>, RowOf<K & C>, E[T]> }
  begins?: { [T in keyof E]?: Begins<RowOf<K>, E[T]> }
  aside?: SetAsideRow<RowOf<K>, RowOf<K & C>>
  finished?: (row: Readonly<RowOf<K & C>>) => boolean
  indexes?: readonly (readonly (keyof (K & C) & string)[])[]
  partialIndexes?: readonly (PartialIndex & { readonly columns: readonly (keyof (K & C) & string)[] })[]
  searched?: Readonly<Partial<Record<keyof (K & C) & string, SearchedAs>>>
  scanned?: boolean
  board?: (keyof C & string) | true
  effects?: NonNullable<Entity<K, C>['effects']>
}

/** How to declare entities that are folded from these events. */
export function entityOver<E extends Events<E>>() {
  return <K extends Columns, C extends Columns>(name: string, spec: EntitySpec<E, K, C>): Entity<K, C> =>
    ({
      kind: 'entity',
      name,
      keysOf: {},
      begins: {},
      aside: null,
      finished: () => false,
      indexes: [],
      partialIndexes: [],
      searched: {},
      scanned: false,
      board: null,
      effects: null,
      ...spec,
      // Each fold takes the one type of event it is listed under.
    }) as unknown as Entity<K, C>
}

/** Declares rows derived from an entity's changes. */
export function derived<K extends Columns, C extends Columns, SK extends Columns, SC extends Columns>(
  name: string,
  spec: {
    version: number
    about: string
    key: K
    columns: C
    of: Entity<SK, SC>
    derive: (
      before: Readonly<RowOf<SK & SC>> | null,
      after: Readonly<RowOf<SK & SC>> | null,
    ) => readonly DerivedChange<RowOf<K & C>>[]
    finished: (row: Readonly<RowOf<K & C>>) => boolean
    indexes?: readonly (readonly (keyof (K & C) & string)[])[]
  },
): Derived<K, C> {
  return { kind: 'derived', name, indexes: [], ...spec } as unknown as Derived<K, C>
}

/** What rows of `source` contribute to an aggregate. */
export function contributions<SK extends Columns, SC extends Columns>(
  source: Entity<SK, SC> | Derived<SK, SC>,
  contribute: (row: Readonly<RowOf<SK & SC>>) => readonly Contribution[],
): AggregateSource {
  return { source, contribute } as unknown as AggregateSource
}

/** Declares sums over rows of other models. */
export function aggregate<K extends Columns, C extends Columns>(
  name: string,
  spec: {
    version: number
    about: string
    key: K
    columns: C
    from: readonly AggregateSource[]
    indexes?: readonly (readonly (keyof (K & C) & string)[])[]
    board?: boolean
  },
): Aggregate<K, C> {
  return { kind: 'aggregate', name, indexes: [], board: false, ...spec }
}
