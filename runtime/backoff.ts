/**
 * How long to wait before try number `attempt` (from 0): evenly between `floorMs` and a ceiling that doubles with each
 * try up to `capMs`, so that a street of boxes does not come back in step ("full jitter").
 */
export function backoffMs(options: { attempt: number; floorMs: number; capMs: number; random: () => number }): number {
  const { attempt, floorMs, capMs, random } = options
  const ceiling = Math.min(capMs, floorMs * 2 ** Math.min(attempt + 1, 30))
  return floorMs + random() * (ceiling - floorMs)
}
