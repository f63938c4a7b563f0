import type { Quantiles } from '../quantiles.ts'

/** One line of `vafa bench devices`. */
export type DeviceFigure =
  /** Microseconds to write a message and to read it again, and its bytes on the wire. */
  | { kind: 'codec'; name: string; bytes: number; writeUs?: number; readUs?: number }
  /** Milliseconds from a request until its answer, how many a second, and milliseconds of the box's processor for each. */
  | { kind: 'load'; name: string; count: number; perSecond: number; ms: Quantiles; boxCpuMs: number }
  /** Milliseconds that something takes longer because of us. */
  | { kind: 'added'; name: string; count: number; ms: Quantiles }
  /** Milliseconds until the box is ready, and the bytes that it holds with its children when nothing happens. */
  | { kind: 'box'; name: string; readyMs: number; pss: number }

/** A part of the measurement; each kind of device brings its own. */
export interface DevicePart {
  name: string
  /** `count`: how many messages or sales. */
  measure(options: { count: number }): Promise<DeviceFigure[]>
}
