import type { Key } from '../machine/inputs.ts'
import type { GlassLine } from '../screens/lay-out.ts'

/** Keypad and glass of a terminal, whatever they are. */
export interface Console {
  readonly columns: number
  readonly rows: number
  /** Replaces what is shown: `rows` lines of `columns` columns. */
  show(lines: readonly GlassLine[]): void
  onKey(listener: (key: Key) => void): void
  /** Calls back when the glass has another size now; a terminal's own never has. */
  onResize(listener: () => void): void
  /** Leaves the console as it was found. */
  close(): void
}
