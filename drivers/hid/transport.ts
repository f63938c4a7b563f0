/**
 * The one seam between a driver and HID devices. What it stands for is `/dev/hidraw*`: reports as the device sends
 * them, whatever the kernel also makes of them.
 */
export interface HidTransport {
  /** What is plugged in; a device with several collections comes once for each, under one path. */
  list(): Promise<HidDevice[]>
  /** Rejects with a retryable `VafaError` that names the device and the way out. */
  open(path: string): Promise<HidHandle>
}

export interface HidDevice {
  path: string
  vendorId: number
  productId: number
  serial?: string
  /** As people know it: maker and model. */
  title: string
  usagePage: number
  usage: number
}

export interface HidHandle {
  readonly descriptor: Uint8Array
  /**
   * Whether the kernel types what this keyboard sends into the console as well; undefined where it cannot be known, or
   * it is no keyboard.
   */
  readonly console?: 'heard' | 'kept-off'
  /** Reading begins with this call. A report begins with its number where the descriptor numbers them. */
  onData(listener: (report: Uint8Array) => void): void
  /** At most the first call counts: the device has gone, or cannot be read. */
  onError(listener: (cause: unknown) => void): void
  /** The first byte is the report's number, 0 where they have none. */
  write(report: Uint8Array): Promise<void>
  close(): Promise<void>
}
