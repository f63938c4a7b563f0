import { loadDrivers } from '#drivers/registry.ts'
import type { Language } from '#protocol/text.ts'
import { thisMachine } from '../attached/machine.ts'
import { examine } from '../doctor/examine.ts'
import { reportOf } from '../doctor/report.ts'
import { exitCodes } from '../exit.ts'

/** `vafa doctor`: what is wrong with a store's box, in which layer, and the command that mends it. */
export async function doctor(options: { config: string; language: Language; json?: boolean }): Promise<void> {
  const drivers = await loadDrivers()
  const findings = await examine({ file: options.config, machine: thisMachine, drivers, now: Date.now(), patienceMs: 8_000 })
  process.stdout.write(options.json ? `${JSON.stringify({ findings }, null, 2)}\n` : reportOf(findings, options.language))
  const [first] = findings
  const wrongFile = first?.status === 'failed' && first.subject === 'configuration'
  const failed = findings.some(({ status }) => status === 'failed')
  // Drivers that were given up may still hold something open.
  process.exit(wrongFile ? exitCodes.configuration : failed ? exitCodes.failed : exitCodes.done)
}
