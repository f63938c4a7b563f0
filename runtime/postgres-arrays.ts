/**
 * Arrays as PostgreSQL takes them in its binary format (src/backend/utils/adt/arrayfuncs.c, `array_recv`): a batch of
 * any size is then one statement that stays prepared. pg writes arrays as text, where every quote in JSON is escaped
 * and unescaped again: sales of 5 KB went in at half the rate.
 */

const textOid = 25
const int8Oid = 20

/** Dimensions, “has nulls”, type of the elements; then of the one dimension its length and that it counts from 1. */
const headerSize = 20

function header(into: Buffer, { oid, length, nulls }: { oid: number; length: number; nulls: number }): void {
  into.writeInt32BE(1, 0)
  into.writeInt32BE(nulls, 4)
  into.writeInt32BE(oid, 8)
  into.writeInt32BE(length, 12)
  into.writeInt32BE(1, 16)
}

type Nullable<T> = T | null | undefined
const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined
const missingIn = (values: readonly unknown[]): number =>
  values.reduce<number>((count, value) => count + (isMissing(value) ? 1 : 0), 0)

const withoutNul = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text)

/**
 * A text as PostgreSQL can hold it. It refuses a statement with a NUL, and a till may send any string: a NUL becomes
 * U+FFFD, as halves of surrogate pairs do, which have no place in UTF-8.
 */
export const asHeld = (text: string): string => (text.isWellFormed() ? withoutNul(text) : withoutNul(text).toWellFormed())

/** For `$n::text[]`; undefined and null are NULL, the others become what `asHeld` says. */
export function textArray(given: readonly Nullable<string>[]): Buffer {
  const values = given.map((value) => (isMissing(value) ? value : withoutNul(value)))
  const lengths = values.map((value) => (isMissing(value) ? -1 : Buffer.byteLength(value)))
  const size = lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), headerSize)
  const array = Buffer.allocUnsafe(size)
  header(array, { oid: textOid, length: values.length, nulls: lengths.includes(-1) ? 1 : 0 })
  let at = headerSize
  values.forEach((value, index) => {
    at = array.writeInt32BE(lengths[index] ?? -1, at)
    if (!isMissing(value)) at += array.write(value, at)
  })
  return array
}

/** For `$n::bigint[]`; undefined and null are NULL. Throws a `RangeError` where a value is no safe integer. */
export function int8Array(values: readonly Nullable<number>[]): Buffer {
  const missing = missingIn(values)
  const array = Buffer.allocUnsafe(headerSize + 12 * values.length - 8 * missing)
  header(array, { oid: int8Oid, length: values.length, nulls: missing === 0 ? 0 : 1 })
  let at = headerSize
  for (const value of values) {
    if (isMissing(value)) {
      at = array.writeInt32BE(-1, at)
      continue
    }
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number that survives the way to the database`)
    at = array.writeInt32BE(8, at)
    // Without BigInt: a column of a batch is some hundred of them.
    at = array.writeInt32BE(Math.floor(value / 0x1_0000_0000), at)
    at = array.writeUInt32BE(value >>> 0, at)
  }
  return array
}
