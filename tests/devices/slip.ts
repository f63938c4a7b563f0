import type { PrintJob } from '#drivers/contract.ts'

let slips = 0

/** A small job with a pattern that shows when a row or a byte is lost: each byte tells its place. */
export function slip({ width = 576, heights = [40, 24] }: { width?: number; heights?: number[] } = {}): PrintJob {
  slips += 1
  const band = (height: number, at: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: (width / 8) * height }, (_, index) => (index * 7 + at * 31 + slips) & 0xff),
  })
  return { id: `slip-${slips}`, bands: heights.map(band), cut: 'partial' }
}
