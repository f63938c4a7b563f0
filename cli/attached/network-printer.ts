import { createConnection } from 'node:net'
import { codeOf, messageOf } from '#runtime/errors.ts'

export type NetworkPrinter =
  /** `status`: it answered as an ESC/POS printer does. */
  { host: string; port: number } & ({ there: true; status: boolean } | { there: false; reason: string })

/** Asks whether it is an ESC/POS printer (DLE EOT 1): nothing is printed. `patienceMs`: for each of the two steps. */
export function askNetworkPrinter({
  host,
  port,
  patienceMs,
}: {
  host: string
  port: number
  patienceMs: number
}): Promise<NetworkPrinter> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port })
    const end = (found: { there: true; status: boolean } | { there: false; reason: string }) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ host, port, ...found })
    }
    const late = () => end(socket.connecting ? { there: false, reason: 'it does not answer' } : { there: true, status: false })
    let timer = setTimeout(late, patienceMs)
    socket.once('error', (error) => end({ there: false, reason: codeOf(error) ?? messageOf(error) }))
    socket.once('connect', () => {
      clearTimeout(timer)
      timer = setTimeout(late, patienceMs)
      socket.write(Buffer.from([0x10, 0x04, 0x01]))
    })
    // Bits 1 and 4 are set and 0 and 7 are not in every such status byte.
    socket.once('data', ([first = 0]) => end({ there: true, status: (first & 0x93) === 0x12 }))
  })
}
