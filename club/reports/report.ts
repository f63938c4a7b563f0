import type { Localised } from '#protocol/text.ts'
import type { Segments } from '../insight/segments.ts'
import type { Reader } from '../store/questions.ts'

/**
 * `money`: the currency's smallest unit. `quantity`: thousandths. `share`: basis points. `ratio`: hundredths. `day`:
 * `2026-11-21`. `name`: what people read of a key that files keep as it is.
 */
export type ColumnKind = 'text' | 'name' | 'number' | 'quantity' | 'money' | 'share' | 'ratio' | 'day'

/** `key` is the column's name in files and never changes; `title` is what people read above it. */
export interface Column {
  key: string
  title: Localised
  kind: ColumnKind
}

/** A key with its name for people. */
export interface Named {
  key: string
  text: Localised
}

export type Cell = string | number | Named | undefined
export type Row = Readonly<Record<string, Cell>>

export interface Report {
  title: Localised
  columns: readonly Column[]
  rows: readonly Row[]
  /** Under the rows, for people only. */
  total?: Row | undefined
  notes: readonly Localised[]
}

/** What a report is about. Days are Tehran's, both ends included. */
export interface Asked {
  reader: Reader
  from: string
  to: string
  /** Only this store; all where it is left out. */
  store?: string | undefined
  by: 'day' | 'week' | 'month'
  /** How many rows of a list. */
  top: number
  /** ISO 8601. */
  now: string
  segments: Segments
}

export interface Definition {
  title: Localised
  /** How far back it goes where nobody says from when: whole Jalali months, this one included. 0: it has no period. */
  months: number
  make(asked: Asked): Promise<Report>
}
