import type { Driver } from '#drivers/contract.ts'

/**
 * What a box can be looked at with, beyond what the gateway itself knows. Whoever starts the gateway brings it: it is made
 * of the command line's and the simulators' parts.
 */
export interface Instruments {
  /** `vafa doctor` on this box: what was found, as it prints it for machines. */
  doctor(): Promise<readonly object[]>
  /** Records what passes between a device and the box, with credentials masked. */
  capture(request: WireCapture): Promise<{ recording: string; entries: number; cut: boolean }>
}

export interface WireCapture {
  device: string
  driver: Driver
  /** Through the driver's schema. */
  options: unknown
  beside(path: string): string
  /** Lets the device go and opens it in another way; in its own where none is given. */
  redirect(other?: { driver: Driver; options: unknown }): void
  seconds: number
  /** Characters that the recording may have. */
  charsMax: number
  signal: AbortSignal
}
