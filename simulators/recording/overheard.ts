import type { Driver } from '#drivers/contract.ts'
import type { LineRecorder } from './recorder.ts'

/** The driver, with a recorder that hears what passes on its lines. */
export const overheard = <Options>(driver: Driver<Options>, ear: LineRecorder): Driver<Options> => ({
  ...driver,
  connect: (options, host) => driver.connect(options, { ...host, ear }),
})
