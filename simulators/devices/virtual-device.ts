import type { PrintedJob } from '#simulators/printer/paper.ts'
import type { VirtualHid } from '../hid/virtual-hid.ts'
import type { Act, ActName } from './acts.ts'
import type { FaultKind } from './faults.ts'

/**
 * One device of a store as a simulator plays it: at the far end of the very path that the gateway's driver opens. The
 * same contract for all of them, so that a screen, a scenario and a test can do with any what they do with one.
 */
export interface VirtualDevice {
  readonly acts: readonly ActName[]
  readonly faults: readonly FaultKind[]
  /** Resolves when it is done as far as the device itself can know. Rejects with a `VafaError` where it cannot be done. */
  act(act: Act): Promise<void>
  /** Goes wrong in this way: now (`once`), or from now on (`until mended`). */
  fault(kind: FaultKind): Promise<void>
  /** All is well again: new paper, a whole card, a line that is quick. */
  mend(): Promise<void>
  close(): Promise<void>
}

/** A receipt as text; a terminal's comes in its own language alone. */
export type ReceiptLines = { readonly fa: readonly string[]; readonly en: readonly string[] }

/** What a device's end of the line sees. */
export type Seen =
  /** What a till or a terminal was told: a lane's message by its `op`, a terminal's answer, a nexo response. */
  | { kind: 'answer'; op: string; body: Readonly<Record<string, unknown>>; receipt?: ReceiptLines }
  | { kind: 'display'; lines: readonly string[] }
  | { kind: 'paper'; job: PrintedJob }
  /** Of no message: a card was read, a terminal's line was cut. */
  | { kind: 'note'; text: string }

/** Where and as what a device is played. */
export interface Part {
  readonly device: string
  /** The lane that it is configured for. */
  readonly lane: string
  /** As they stand in gateway.yaml, through the driver's own schema. */
  readonly options: unknown
  /** A path from those options. */
  beside(path: string): string
  readonly store: string
  /** The machine's USB, where there is none: `scanner-hid` and `magstripe-hid` are played at their drivers' seam. */
  readonly hid?: VirtualHid
  seen(what: Seen): void
}

/** Plays one kind of device. Resolves when the device is there: one that calls the gateway need not have reached it yet. */
export type Player = (part: Part) => Promise<VirtualDevice>
