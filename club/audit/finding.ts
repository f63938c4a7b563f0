/** The first thing that is not as it must be: where, and what, in one sentence. */
export interface Finding {
  /** What was being checked. */
  check: Check
  /** Table and key of the row. */
  row: string
  /** What is wrong with it. */
  what: string
}

/** In the order in which the books are looked at. */
export const checks = [
  'checkpoint',
  'chain',
  'units',
  'compensations',
  'journal',
  'balances',
  'sales',
  'credentials',
  'counters',
  'decisions',
  'tables',
] as const
export type Check = (typeof checks)[number]

export const sentenceOf = ({ row, what }: Finding): string => `${row}: ${what}`
