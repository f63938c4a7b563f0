import { VafaError } from '#runtime/errors.ts'
import { startVirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { devicePort, readStore } from './store-config.ts'

/** `vafa sim scan CODE`: into a tty, or as a serial device server on the port where the gateway looks for its scanner. */
export async function scan(code: string, options: { tty?: string; listen?: number; config?: string }): Promise<void> {
  const place = options.tty
    ? { tty: { path: options.tty } }
    : options.listen
      ? { tcp: { port: options.listen } }
      : options.config
        ? { tcp: { port: devicePort(readStore(options.config), options.config, 'scanner-serial') } }
        : undefined
  if (!place)
    throw new VafaError({
      key: 'usage.where',
      message: 'where is the scanner? none of --tty, --listen and --config was given',
      hint: 'add -c gateway.yaml, or --tty PATH',
    })
  const scanner = await startVirtualScanner(place)
  if ('tcp' in place)
    process.stdout.write(`waiting on port ${place.tcp.port} for the gateway (up to half a minute after a pause)\n`)
  await scanner.scan(code)
  await scanner.close()
  process.stdout.write(`scanned ${code}\n`)
}
