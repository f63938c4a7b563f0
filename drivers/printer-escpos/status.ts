import type { PrinterStatus } from '../contract.ts'

/**
 * The printer's state out of its status bytes. The drawer's pin stands in bit 04h of the first byte of both kinds and
 * is not looked at: an open drawer is no fault.
 */
export interface PrinterState extends PrinterStatus {
  /** An error that only switching off and on, or a technician, ends. */
  broken: boolean
}

/** The answers to `DLE EOT` 1, 2, 3 and 4, in this order. */
export type RealTimeRound = readonly [printer: number, offline: number, error: number, paper: number]
/** The four bytes of automatic status. */
export type AutomaticBytes = readonly [number, number, number, number]

const has = (byte: number, bits: number): boolean => (byte & bits) !== 0

export function fromRealTime([printer, offline, error, paper]: RealTimeRound): PrinterState {
  return {
    online: !has(printer, 0x08),
    cover: has(offline, 0x04) ? 'open' : 'closed',
    cutter: has(error, 0x08) ? 'error' : 'ok',
    broken: has(error, 0x20),
    paper: has(paper, 0x60) || has(offline, 0x20) ? 'end' : has(paper, 0x0c) ? 'near-end' : 'ok',
  }
}

export function fromAutomatic([first, second, third]: AutomaticBytes): PrinterState {
  return {
    online: !has(first, 0x08),
    cover: has(first, 0x20) ? 'open' : 'closed',
    cutter: has(second, 0x08) ? 'error' : 'ok',
    broken: has(second, 0x20),
    paper: has(third, 0x0c) ? 'end' : has(third, 0x03) ? 'near-end' : 'ok',
  }
}

/** Why nothing can be printed now, in plain words with what to do; undefined where it can. */
export function whatStops(state: PrinterState): string | undefined {
  if (state.cover === 'open') return 'the cover is open: close it'
  if (state.paper === 'end') return 'the paper has run out: put in a new roll'
  if (state.cutter === 'error') return 'the cutter is jammed: open the cover and take the paper out'
  if (state.broken) return 'it reports a fault: switch it off and on'
  if (!state.online) return 'it is off line: check its buttons and lamps'
  return undefined
}

/** What a person should see to, though it still prints. */
export const whatIsLow = (state: PrinterState): string | undefined =>
  state.paper === 'near-end' ? 'the paper is nearly at its end: have a new roll ready' : undefined

export const statusOf = ({ broken: _, ...status }: PrinterState): PrinterStatus => status

export const sameState = (a: PrinterState, b: PrinterState): boolean =>
  a.online === b.online && a.cover === b.cover && a.paper === b.paper && a.cutter === b.cutter && a.broken === b.broken
