import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { VafaError } from '#runtime/errors.ts'
import { emptyFlash, type SensorFlash } from '#simulators/fingerprint/sensor-model.ts'
import { type SensorFault, sensorFaults, startVirtualSensor } from '#simulators/fingerprint/virtual-sensor.ts'
import { askLeaveAt } from '../sim/leave.ts'
import { devicePort, readPlayable } from './store-config.ts'

const help = `Type what happens at the sensor:
  press NAME        lay a finger on it, for a second (each name is a finger)
  hold NAME, lift   lay a finger on it and leave it there; lift it
  smear NAME        lay a finger on it that cannot be read
  fault NAME        ${sensorFaults.join(', ')}
  fill              take every free slot
  slots, quit`
const pressMs = 1_000

interface Options {
  tty?: string
  listen?: number
  config?: string
  flash?: string
  capacity: number
}

/** `vafa sim finger`: a fingerprint sensor, played from the keyboard. What it keeps without power is in a file. */
export async function finger(options: Options): Promise<void> {
  const bare = options.tty ? { tty: options.tty } : options.listen ? { port: options.listen } : undefined
  if (bare) await askLeaveAt(bare, ['fingerprint-r30x'], options)
  const place = options.tty
    ? { tty: { path: options.tty } }
    : options.listen
      ? { tcp: { port: options.listen } }
      : options.config
        ? {
            tcp: { port: devicePort(await readPlayable(options.config, 'fingerprint-r30x'), options.config, 'fingerprint-r30x') },
          }
        : undefined
  if (!place)
    throw new VafaError({
      key: 'usage.where',
      message: 'where is the sensor? none of --tty, --listen and --config was given',
      hint: 'add -c gateway.yaml, or --tty PATH',
    })
  const file = options.flash
  const flash: SensorFlash =
    file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SensorFlash) : emptyFlash()
  const keep = () => {
    if (file !== undefined) writeFileSync(file, `${JSON.stringify(flash)}\n`)
  }
  const sensor = await startVirtualSensor(place, { flash, capacity: options.capacity })
  const say = (text: string) => process.stdout.write(`${text}\n`)
  const slots = () => {
    const used = Object.entries(flash.fingers)
    say(used.length === 0 ? 'no finger is stored' : used.map(([slot, name]) => `slot ${slot}: ${name}`).join('\n'))
  }
  say('tcp' in place ? `a fingerprint sensor on port ${sensor.port}` : `a fingerprint sensor on ${place.tty.path}`)
  say(help)

  for await (const line of createInterface({ input: process.stdin })) {
    const [word, what = ''] = line.trim().split(/\s+/)
    if (word === 'quit') break
    if (word === 'press' && what) {
      sensor.press(what)
      await new Promise((resolve) => setTimeout(resolve, pressMs))
      sensor.lift()
      say(`${what} was on the sensor`)
    } else if ((word === 'hold' || word === 'smear') && what) sensor.press(what, word === 'hold' ? 'good' : 'messy')
    else if (word === 'lift') sensor.lift()
    else if (word === 'fault' && sensorFaults.some((one) => one === what)) sensor.fault(what as SensorFault)
    else if (word === 'fill') sensor.fill()
    else if (word === 'slots') slots()
    else if (word) say(help)
    keep()
  }
  keep()
  await sensor.close()
}
