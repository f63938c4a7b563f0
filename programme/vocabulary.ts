import { z } from 'zod'
import { notAmong } from './words.ts'

/** For an object: a key that it does not know is answered with the nearest one that it knows. `what` names its keys. */
export const unknownKeys =
  (what: string, keys: () => readonly string[]) =>
  (issue: { code: string; keys?: readonly string[] }): string | undefined =>
    issue.code === 'unrecognized_keys' ? issue.keys?.map((key) => notAmong(what, key, keys())).join('; ') : undefined

/** An object with these keys and no others. */
export const keyed = <T extends z.core.$ZodLooseShape>(what: string, shape: T) =>
  z.strictObject(shape, { error: unknownKeys(what, () => Object.keys(shape)) })

/** One of a few words. */
export const word = <const T extends readonly [string, ...string[]]>(what: string, words: T) =>
  z.enum(words, { error: ({ input }) => (typeof input === 'string' ? notAmong(what, input, words) : undefined) })

/** Codes or names of something outside the programme. */
export const wordList = z.array(z.string().min(1).max(60)).min(1).max(1_000)

/** The name of something inside it: a rule, a group, a tier, a coupon. */
export const idOf = (most: number) =>
  z.string().regex(new RegExp(`^[a-z0-9-]{1,${most}}$`), `must be 1 to ${most} of a–z, 0–9 and -`)

export interface Bounds {
  from?: number | undefined
  to?: number | undefined
}

/** A range with at least one end; both ends belong to it. */
export const range = (least: number) =>
  keyed('end of a range', {
    from: z.int().min(least).optional(),
    to: z.int().min(least).optional(),
  })
    .refine((r: Bounds) => r.from !== undefined || r.to !== undefined, 'needs `from` or `to`')
    .refine((r: Bounds) => r.from === undefined || r.to === undefined || r.from <= r.to, '`from` is above `to`')
export type Range = z.infer<ReturnType<typeof range>>
