import type { Connection, CustomerDisplay, Printer, Screen, TapSignal, Till } from '#drivers/contract.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Runtime } from '#runtime/runtime.ts'

export interface PrinterOfLane {
  device: string
  printer: Printer
}

export type LaneHardware = ReturnType<typeof createLaneHardware>

/** A printer that is just starting, or has lost its cable for a moment, is waited for this long. */
const printerMs = 20_000

/** The devices of one lane that can be used at this moment. */
export function createLaneHardware({ lane, runtime }: { lane: string; runtime: Runtime }) {
  const connections = new Map<string, Connection>()
  const waiting = new Set<(printer: PrinterOfLane) => void>()
  let tills: readonly Till[] = []
  let displays: readonly CustomerDisplay[] = []
  let screens: readonly Screen[] = []

  const firstPrinter = (): PrinterOfLane | undefined => {
    for (const [device, { printer }] of connections) if (printer) return { device, printer }
    return undefined
  }

  return {
    changed(device: string, connection: Connection | undefined): void {
      if (connection) connections.set(device, connection)
      else connections.delete(device)
      tills = [...connections.values()].flatMap(({ till }) => (till ? [till] : []))
      screens = [...connections.values()].flatMap((one) => one.screens?.get(lane) ?? [])
      displays = [...connections.values()].flatMap(({ display }) => (display ? [display] : []))
      const found = connection?.printer ? { device, printer: connection.printer } : undefined
      if (!found) return
      for (const resolve of waiting) resolve(found)
      waiting.clear()
    },
    /** Light and buzzer of a device, where it has them and is there. */
    tapSignal: (device: string): TapSignal | undefined => connections.get(device)?.tapSignal,
    get tills() {
      return tills
    },
    get screens() {
      return screens
    },
    get displays() {
      return displays
    },
    /** Opens the cash drawers that hang on the lane's printers; rejects with the first that does not open. */
    async openDrawers(): Promise<void> {
      await Promise.all([...connections.values()].map(({ printer }) => printer?.openDrawer?.()))
    },
    get hasPrinter() {
      return firstPrinter() !== undefined
    },
    /** The lane's printer, also one that is ready only in a moment. */
    printer(): Promise<PrinterOfLane> {
      const found = firstPrinter()
      if (found) return Promise.resolve(found)
      return new Promise((resolve, reject) => {
        const take = (printer: PrinterOfLane) => {
          cancel()
          resolve(printer)
        }
        const cancel = runtime.after(printerMs, () => {
          waiting.delete(take)
          reject(
            new VafaError({
              key: 'printer.absent',
              message: `lane ${lane} had no printer for ${printerMs / 1_000} s`,
              hint: 'check its cable, its paper and its power',
              permanent: false,
            }),
          )
        })
        waiting.add(take)
      })
    },
  }
}
