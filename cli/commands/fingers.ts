import { controlPath, gatewayConfig } from '#gateway/config.ts'
import { type OperatedGateway, reachGateway } from '#gateway/control.ts'
import type { SensorReport } from '#gateway/fingers/fingers.ts'
import { pathBeside, readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'

interface Where {
  config: string
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

const states: Readonly<Record<SensorReport['state'], string>> = {
  ready: 'in use',
  checking: 'being checked',
  refused: 'not used',
  away: 'not plugged in',
}

/** `vafa fingers list`: the store's fingerprint sensors, and what they hold. */
export async function listFingers({ config, json }: Where & { json?: boolean }): Promise<void> {
  const sensors = await withGateway(config, (gateway) => gateway.fingers())
  if (json) return say(JSON.stringify(sensors, null, 2))
  if (sensors.length === 0) say('no fingerprint sensor is plugged in, and none holds fingers')
  for (const { device, lane, state, capacity, fingers, pending, reason } of sensors) {
    const room = capacity === undefined ? '' : ` of ${capacity}`
    const toDelete = pending === 0 ? '' : `, ${pending} to be deleted`
    say(`${device}${lane === undefined ? '' : ` (${lane})`}: ${states[state]}; ${fingers}${room} fingers${toDelete}`)
    if (reason !== undefined) say(`  ${reason}`)
  }
}

/** `vafa fingers keep DEVICE`: goes on with the fingers that box and sensor both know. */
export async function keepFingers(device: string, { config }: Where): Promise<void> {
  const { kept, deleted, forgotten } = await withGateway(config, (gateway) => gateway.keepFingers(device))
  say(`${device} is in use with ${kept} fingers; ${deleted} were deleted from it, ${forgotten} are gone and were forgotten`)
}

/** `vafa fingers empty DEVICE`: deletes every finger in a sensor. */
export async function emptyFingers(device: string, { config }: Where): Promise<void> {
  await withGateway(config, (gateway) => gateway.emptyFingers(device))
  say(`${device} is empty and in use; members give their finger anew`)
}

async function withGateway<T>(file: string, work: (gateway: OperatedGateway) => Promise<T>): Promise<T> {
  const path = pathBeside(file, controlPath(readConfig(file, gatewayConfig)))
  const gateway = await reachGateway(path)
  if (!gateway)
    throw new VafaError({
      key: 'gateway.absent',
      message: `no gateway runs on ${file}`,
      hint: 'sensors are reached through the running gateway: start it (`vafa gateway -c …`), as the same user',
      permanent: false,
    })
  try {
    return await work(gateway)
  } finally {
    gateway.close()
  }
}
