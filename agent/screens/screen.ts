/** What the console shows, in one language. Whoever puts it on glass makes lines of it (lay-out.ts). */
export interface Screen {
  title: string
  rows: readonly ScreenRow[]
  /** What the keys do now. */
  keys: readonly string[]
  /** The bottom line's parts, the one that matters most last. */
  status: readonly string[]
}

export type ScreenRow =
  | { kind: 'pair'; label: string; value: string }
  /** A pair that is never left out. */
  | { kind: 'total'; label: string; value: string }
  | { kind: 'text'; text: string }
  /** What is being typed. */
  | { kind: 'input'; label: string; value: string }
  /** What the cashier must not overlook. */
  | { kind: 'warning'; text: string }
