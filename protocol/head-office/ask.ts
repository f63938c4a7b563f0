import type { z } from 'zod'
import type { Role } from './roles.ts'

/** One thing that a page may ask head office for, or have it change. */
export interface OfficeRequest<Data extends z.ZodType = z.ZodType, Answer extends z.ZodType = z.ZodType> {
  /** A change is written into the audit log, whoever asked and whatever came of it. */
  kind: 'question' | 'change'
  /** Who may ask. */
  roles: readonly Role[]
  /** Who else must agree before it is done; never the one who asked. */
  second?: readonly Role[]
  /**
   * `data.store` must be one of the login's stores, where it is bound to some: `must` also where none is named, `may`
   * where one is.
   */
  store?: 'must' | 'may'
  meaning: string
  data: Data
  answer: Answer
}

export const request = <Data extends z.ZodType, Answer extends z.ZodType>(
  given: OfficeRequest<Data, Answer>,
): OfficeRequest<Data, Answer> => given
