import { controlPath, gatewayConfig } from '#gateway/config.ts'
import { reachGateway } from '#gateway/control.ts'
import { hashPin } from '#gateway/staff.ts'
import { pathBeside, readConfig } from '#runtime/config.ts'
import { writeDurably } from '#runtime/durable-file.ts'
import { VafaError } from '#runtime/errors.ts'
import { readPin } from './read-pin.ts'

/** `vafa gateway pair LANE`: a code with which one browser gets the page of a lane. */
export async function pair(lane: string, options: { config: string; forget?: boolean; json?: boolean }): Promise<void> {
  const { config: file, forget = false, json } = options
  const path = pathBeside(file, controlPath(readConfig(file, gatewayConfig)))
  const gateway = await reachGateway(path)
  if (!gateway)
    throw new VafaError({
      key: 'gateway.absent',
      message: `no gateway of ${file} runs here: nothing answers at ${path}`,
      hint: `start it: vafa gateway -c ${file}`,
    })
  try {
    const { code, untilMs, host, port, tls } = await gateway.pairPage({ lane, forget })
    const url = `${tls ? 'https' : 'http'}://${host}:${port}/lane/${lane}`
    if (json) process.stdout.write(`${JSON.stringify({ lane, code, minutes: untilMs / 60_000, url })}\n`)
    else process.stdout.write(`${code.slice(0, 4)} ${code.slice(4)}   for ${url}, once, within ${untilMs / 60_000} minutes\n`)
  } finally {
    gateway.close()
  }
}

/** `vafa gateway pin`: writes what the PIN of the staff mode is compared with. */
export async function pin({ config: file }: { config: string }): Promise<void> {
  const { staffPinFile } = readConfig(file, gatewayConfig).pages ?? {}
  if (staffPinFile === undefined)
    throw new VafaError({
      key: 'pin.nowhere',
      message: `${file} does not say where it goes`,
      hint: 'write `staffPinFile: secrets/staff-pin` under `pages:`',
    })
  const path = pathBeside(file, staffPinFile)
  writeDurably(path, `${await hashPin(await readPin())}\n`)
  process.stdout.write(`${path} has the new PIN; the gateway goes by it at once\n`)
}
