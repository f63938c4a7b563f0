import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Instruments } from '#gateway/remote/instruments.ts'
import { VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'

const vafa = fileURLToPath(new URL('vafa.js', import.meta.url))
/** Devices have 8 s each, side by side; then the club is asked. */
const doctorMs = 45_000
const outputMax = 4_000_000

/** What head office can have this box looked at with. */
export const boxInstruments = (configFile: string): Instruments => ({
  // In a process of its own: it loads every driver, and what a driver's library does there is not done here.
  doctor: () =>
    new Promise((resolve, reject) => {
      const args = [vafa, 'doctor', '-c', configFile, '--json']
      execFile(process.execPath, args, { timeout: doctorMs, maxBuffer: outputMax }, (error, stdout) => {
        // It ends with 1 where something is wrong, and says what.
        const findings = findingsIn(stdout)
        if (findings) return resolve(findings)
        reject(
          new VafaError({
            key: 'doctor.failed',
            message: `doctor came to no end within ${doctorMs / 1_000} s`,
            hint: 'the log of the box may say more',
            permanent: false,
            cause: error,
          }),
        )
      })
    }),
  async capture(request) {
    const { captureWire } = await import('#simulators/recording/capture.ts')
    return captureWire({ ...request, runtime: systemRuntime })
  },
})

function findingsIn(output: string): readonly object[] | undefined {
  try {
    const { findings } = JSON.parse(output) as { findings?: unknown }
    return Array.isArray(findings) ? findings : undefined
  } catch {
    return undefined
  }
}
