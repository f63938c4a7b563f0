import type { z } from 'zod'
import type { Bitmap } from '#protocol/bitmap.ts'
import type { CredentialKind, RawCredential } from '#protocol/credentials.ts'
import type { LaneScreen, TillRequest, TillResponse } from '#protocol/lane.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Scan } from '#protocol/scan.ts'
import type { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { LineEar } from './stream/overhear.ts'

/**
 * What every kind of device looks like to the gateway. A driver opens one connection to one device and reports what
 * happens there; the supervisor (supervisor.ts) owns the retries. A driver never throws out of an event handler, never
 * retries by itself and never ends the process.
 *
 *     supervisor ── connect(options, host) ──▶ driver ──▶ Connection
 *         ▲                                                │ capabilities: printer, display, till
 *         └── host.event(…), host.health(…), connection.closed ◀┘
 */
export interface Driver<Options = unknown> {
  /** As the configuration names it: `pcsc`, `printer-escpos`. */
  readonly kind: string
  readonly options: z.ZodType<Options>
  /**
   * For a device that serves several lanes at once (a port that many terminals call): all of them, by these options.
   * Its events name their `lane`, its connection has `tills`. Without it, or where it gives undefined, a
   * device serves the lane it is configured for.
   */
  lanes?(options: Options): readonly string[] | undefined
  /**
   * Opens the device. Resolves once it can be used; rejects with a `VafaError` that says what is missing and what to
   * do (`permanent: true` only where trying again cannot help, such as a missing package). `host.signal` aborts it.
   */
  connect(options: Options, host: DeviceHost): Promise<Connection>
}

/** What the gateway lends a driver. */
export interface DeviceHost {
  readonly device: string
  /** The store of this box: the part of a sale's origin that no payload can claim (protocol/origin.ts). */
  readonly store: string
  readonly runtime: Runtime
  readonly log: Logger
  /** Aborted when the device is to be let go; `connect` and the connection must then end promptly. */
  readonly signal: AbortSignal
  /** A path from the device's options: relative ones count from the folder of the configuration. */
  beside(path: string): string
  readonly memory: DeviceMemory
  /** Set while the device's lines are recorded: drivers that listen for many of them, or over TLS, let it hear each. */
  readonly ear?: LineEar
  /**
   * A receipt as pictures of so many dots' width, in the store's language: for a device that prints on paper which is not
   * the lane's own. The first one takes longer (the drawing process starts): `warm` it when a receipt is on its way.
   */
  draw(receipt: ReceiptDocument, width: number): Promise<Bitmap[]>
  warm(): void
  event(event: DeviceEvent): void
  /** Something short of the end: paper is low (`degraded`), or all is well again (`ready`). */
  health(status: 'ready' | 'degraded', reason?: string): void
}

/**
 * What a device remembers over a restart of the box, for a week: each device has its own. Texts of the driver's making;
 * no raw credential, no name of a person.
 */
export interface DeviceMemory {
  find(key: string): string | undefined
  /**
   * Waits for no disk: it is durable with the next fact that the box commits after it, so that whatever a driver keeps
   * before it hands a request to its lane is there whenever the fact is. Throws `box.unwritable` where the disk takes nothing.
   */
  keep(key: string, value: string): void
}

export interface Connection {
  /**
   * Settles exactly once, when the device is gone: with the reason, or with undefined after `close()`.
   * It never rejects.
   */
  readonly closed: Promise<VafaError | undefined>
  /** Lets the device go; resolves when nothing of it is left open. Safe to call twice. */
  close(): Promise<void>
  /** Where a driver that listens is reached; the port that was taken where the options said 0. */
  readonly address?: { host: string; port: number }
  readonly printer?: Printer
  readonly display?: CustomerDisplay
  readonly till?: Till
  /** Of a device that serves several lanes: what speaks for each, by lane. */
  readonly tills?: ReadonlyMap<string, Till>
  /** Where a lane's state is shown as it is, by lane: kiosks, tills with a screen for the customer. */
  readonly screens?: ReadonlyMap<string, Screen>
  /** Pages in browsers, each of one lane. */
  readonly pages?: LanePages
  readonly fingers?: FingerSensor
  readonly tapSignal?: TapSignal
}

/**
 * What a device reports. `at`: milliseconds since 1970, by the host's clock. `lane`: where it happened, for a device that
 * serves several; the driver knows it by the connection (port, certificate, key), never by what a message says of itself.
 */
export type DeviceEvent =
  | { kind: 'credential'; at: number; credential: RawCredential; lane?: string }
  /** The sensor itself knew a finger: by the slot it is found whose. `score`: how well it fits, by the sensor's measure. */
  | { kind: 'finger'; at: number; slot: number; score: number }
  /** Something was presented that identifies nobody; `key` is one of protocol/errors.ts's. */
  | { kind: 'refused'; at: number; key: RefusedKey; reason: string; lane?: string }
  /** A code that is nobody's: a product, a coupon. Whoever stands at the lane hears it as `scanned`. */
  | { kind: 'scan'; at: number; scan: Scan; lane?: string }
  | { kind: 'removed'; at: number; lane?: string }
  | { kind: 'till'; at: number; request: TillRequest; lane?: string }
  | { kind: 'till-invalid'; at: number; id?: string; reason: string; lane?: string }
  | { kind: 'printer-status'; at: number; status: PrinterStatus }

/** A light or a buzzer for whoever has just held something to the device. */
export interface TapSignal {
  /** What the lane made of the last tap of `lane`, or of the device's only lane. It waits for nothing and never throws. */
  signal(outcome: 'accepted' | 'refused', lane?: string): void
}

export type RefusedKey =
  | 'credential.random'
  | 'credential.unproven'
  | 'card.foreign'
  | 'card.unreadable'
  | 'finger.unknown'
  | 'finger.unreadable'

export interface PrintJob {
  id: string
  /** Printed one below the other; each band is one line or block of the receipt. */
  bands: Bitmap[]
  /** Letters instead, of at most the printer's columns, in the order in which they are read. */
  lines?: readonly string[]
  cut: 'none' | 'partial' | 'full'
}

/** `confirmed`: the printer itself said that the job is on paper; `sent`: it took the bytes and cannot say more. */
export type PrintOutcome = { outcome: 'confirmed' | 'sent' }

export interface Printer {
  /** In dots: 576 for 80 mm paper, 384 for 58 mm. */
  readonly width: number
  /** How it prints letters; `persian`: it has those, else Latin ones only; `only`: it is to print no pictures. */
  readonly letters?: { columns: number; persian: boolean; only: boolean }
  /** Opens the cash drawer that hangs on it; absent where none does. Goes between jobs, and waits for none to be on paper. */
  openDrawer?(): Promise<void>
  /** Jobs are printed one after another, never mixed. Rejects with a `VafaError` when the job may not be on paper. */
  print(job: PrintJob): Promise<PrintOutcome>
}

export interface CustomerDisplay {
  readonly columns: number
  readonly rows: number
  /** It has Persian letters: lines come in the order in which they are read. Without them they are to be in Latin. */
  readonly persian?: boolean
  /** Replaces what is shown. Lines longer than the display are cut; characters it does not have become `?`. */
  show(lines: readonly string[]): Promise<void>
}

export interface Till {
  /** To every till software that is connected to this device; dropped where none is. */
  send(response: TillResponse): void
  /** For tills that pass on what happens at the lane's other devices, and how the line to the club is. */
  notice?(happened: LaneNotice): void
}

export interface Screen {
  /** Replaces what was shown. */
  show(screen: LaneScreen): void
}

/** Where lanes' pages are served, and how a browser that is not on the box gets the right to one. */
export interface LanePages {
  readonly host: string
  readonly port: number
  /** A code with which one browser can be paired with the lane for `untilMs`. Throws `page.unknown`. */
  offer(lane: string): { code: string; untilMs: number }
  /** Browsers that were paired with the lane are so no more. Throws `page.unknown`. */
  forget(lane: string): void
}

/** What happens at a lane besides what it says to its tills. It names nobody. */
export type LaneNotice =
  | { kind: 'presented'; via: CredentialKind }
  | { kind: 'removed' }
  | { kind: 'printer'; status: PrinterStatus }
  | { kind: 'uplink'; state: 'online' | 'offline' }

export interface PrinterStatus {
  online: boolean
  cover: 'closed' | 'open'
  paper: 'ok' | 'near-end' | 'end'
  cutter: 'ok' | 'error'
}

/** What whoever gives a finger is to do next; `stored` is the end. */
export type FingerStep = 'lift' | 'place' | 'again' | 'stored'

export interface EnrolFinger {
  /** From 0; free, as the host knows it. */
  slot: number
  onStep(step: FingerStep): void
  /** Gives up where it is aborted. */
  signal?: AbortSignal
}

/**
 * A sensor that keeps fingerprints and compares them by itself: images and templates never leave it. It looks for
 * fingers only while it is told to (`identify`): the host first makes sure that its library is the one it knows.
 * All of it rejects with a `VafaError`; what goes wrong between finger and sensor has a key of protocol/errors.ts.
 */
export interface FingerSensor {
  /** Slots are 0 to `capacity` − 1. */
  readonly capacity: number
  /** The library's own name (a UUID) on the sensor; undefined where it has none. */
  epoch(): Promise<string | undefined>
  setEpoch(epoch: string): Promise<void>
  usedSlots(): Promise<ReadonlySet<number>>
  /** From now on each finger is reported. */
  identify(): void
  /** Looks for no finger any more; the reason stands in the device's health. */
  disable(reason: string): void
  /** Takes two images of one finger and keeps what it makes of them. Resolves when it is in the slot. */
  enrol(options: EnrolFinger): Promise<void>
  /** Resolves when the slot is empty, by the sensor's own index. */
  delete(slot: number): Promise<void>
  empty(): Promise<void>
}
