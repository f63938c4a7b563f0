import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { int8Array, textArray } from '#runtime/postgres-arrays.ts'

describe('arrays on their way to PostgreSQL', () => {
  const client = new pg.Client(inject('postgres'))
  beforeAll(() => client.connect())
  afterAll(() => client.end())

  /** What PostgreSQL has understood, one row an element, in order. */
  const understood = async (type: string, array: Buffer): Promise<unknown[]> => {
    const { rows } = await client.query<{ v: unknown }>(
      `SELECT v FROM unnest($1::${type}[]) WITH ORDINALITY AS u (v, n) ORDER BY n`,
      [array],
    )
    return rows.map(({ v }) => v)
  }

  it('arrive as they left: any text, whole numbers up to 2^53, and nothing', async () => {
    const text = fc.string({ unit: 'binary' })
    // What PostgreSQL's text cannot hold.
    const kept = (one: string | null) => one?.replaceAll('\0', '\uFFFD').toWellFormed() ?? null
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), fc.array(fc.option(fc.maxSafeInteger())), async (texts, numbers) => {
        expect(await understood('text', textArray(texts))).toEqual(texts.map(kept))
        expect((await understood('bigint', int8Array(numbers))).map((one) => (one === null ? null : Number(one)))).toEqual(
          numbers,
        )
      }),
    )
  })

  it('hold the largest amounts exactly', async () => {
    const largest = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32, -(2 ** 32), -1, 0]
    expect(await understood('bigint', int8Array(largest))).toEqual(largest.map(String))
  })

  it.each([0.5, Number.NaN, 2 ** 53])('refuse %s, which is no whole number that survives', (value) => {
    expect(() => int8Array([value])).toThrow(RangeError)
  })
})
