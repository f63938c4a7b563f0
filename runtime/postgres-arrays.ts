/**
 * Arrays as PostgreSQL takes them in its binary format (src/backend/utils/adt/arrayfuncs.c, `array_recv`): a batch of
 * any size is then one statement that stays prepared. pg writes arrays as text, where every quote in JSON is escaped
 * and unescaped again: sales of 5 KB went in at half the rate.
 */

const textOid = 25
const int8Oid = 20
const byteaOid = 17

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

/**
 * PostgreSQL's text holds no NUL and refuses a statement with one; a till may send any string. U+FFFD, which also
 * stands for halves of surrogate pairs once a string is UTF-8, is what becomes of it.
 */
export const withoutNul = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text)

/** For `$n::text[]`; undefined and null are NULL, a NUL inside becomes U+FFFD. */
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

/** For `$n::bytea[]`; undefined and null are NULL. */
export function byteaArray(values: readonly Nullable<Uint8Array>[]): Buffer {
  const size = values.reduce((sum, value) => sum + 4 + (value?.length ?? 0), headerSize)
  const array = Buffer.allocUnsafe(size)
  header(array, { oid: byteaOid, length: values.length, nulls: values.some(isMissing) ? 1 : 0 })
  let at = headerSize
  for (const value of values) {
    at = array.writeInt32BE(value?.length ?? -1, at)
    if (!isMissing(value)) {
      array.set(value, at)
      at += value.length
    }
  }
  return array
}

/** For `$n::bigint[]`; undefined and null are NULL. Throws a `RangeError` where a value is no safe integer. */
export function int8Array(values: readonly Nullable<number>[]): Buffer {
  const missing = values.reduce<number>((count, value) => count + (isMissing(value) ? 1 : 0), 0)
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
