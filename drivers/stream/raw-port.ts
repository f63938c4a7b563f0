import type { Runtime } from '#runtime/runtime.ts'

/** What a transport brings along; everything that all transports share is stream.ts's. */
export interface RawPort {
  write(chunk: Uint8Array): Promise<void>
  onData(listener: (bytes: Buffer) => void): void
  /** Calls back when the device is gone; at most the first call counts. */
  onEnd(listener: (cause?: unknown) => void): void
  /** Frees the port, pending writes or not. Called once. */
  release(): Promise<void>
  readonly answers: boolean
  /** How long `bytes` take on this line, in milliseconds; 0 where the line is fast. */
  lineTime(bytes: number): number
}

export interface StreamContext {
  signal: AbortSignal
  runtime: Runtime
  /** How long the device may take no data at all; `never` where whoever writes waits as long as the device does. 5 s. */
  stallMs?: number | 'never'
}
