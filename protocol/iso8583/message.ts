import type { FieldNumber } from './fields.ts'

/** The data elements of a message that the profile knows. Text as text, `b` as upper-case hex digits. */
export type IsoFields = { readonly [F in FieldNumber]?: string }

/** A message as it is worked with. `mti`: its type, four digits. */
export interface IsoMessage {
  mti: string
  fields: IsoFields
}

/**
 * How bits are written: as bytes (`binary`), or as hex digits (`hex`: then all of a message is text). Numbers are ASCII
 * digits in both.
 */
export const dialects = ['binary', 'hex'] as const
export type Dialect = (typeof dialects)[number]
