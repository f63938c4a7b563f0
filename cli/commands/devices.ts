import { attachedDevices } from '../attached/attached.ts'
import { thisMachine } from '../attached/machine.ts'
import { askNetworkPrinter } from '../attached/network-printer.ts'
import { proposalFor } from '../attached/proposal.ts'

/** `vafa devices`: what is plugged in, as a configuration would have it; printers on the network only where named. */
export async function devices(options: {
  lane: string
  printer: { host: string; port: number }[]
  json?: boolean
}): Promise<void> {
  const attached = attachedDevices(thisMachine)
  const printers = await Promise.all(options.printer.map((one) => askNetworkPrinter({ ...one, patienceMs: 2_000 })))
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ attached, printers }, null, 2)}\n`)
    return
  }
  for (const one of printers) {
    if (!one.there) process.stderr.write(`${one.host} port ${one.port}: ${one.reason}\n`)
    else if (!one.status)
      process.stderr.write(`${one.host} port ${one.port}: takes connections and does not answer as an ESC/POS printer\n`)
  }
  process.stdout.write(proposalFor(attached, printers, options.lane))
}
