import { readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Connection, DeviceHost, Driver, FingerSensor } from '../contract.ts'
import { openStream } from '../stream/stream.ts'
import { type Light, lights } from './aura.ts'
import { type SystemParameters, slotsInPage } from './commands.ts'
import { enrolFinger } from './enrol.ts'
import { createLook } from './look.ts'
import { decodeMark, encodeMark, markPage } from './mark.ts'
import { type FingerprintR30xOptions, fingerprintR30xOptions } from './options.ts'
import { refused } from './sensor-errors.ts'
import { openSession, type Session } from './session.ts'

/** How often it is looked whether a finger is there; a person does not notice a tenth of a second. */
const pollMs = 80
/** How often a sensor that may not look for fingers is asked whether it is there. */
const idleMs = 2_000

/**
 * A serial fingerprint module of the R30x / ZFM-20 / AS608 / R503 family. It keeps and compares fingers by itself; this
 * end learns of slots only.
 */
export const fingerprintR30xDriver: Driver<FingerprintR30xOptions> = {
  kind: 'fingerprint-r30x',
  options: fingerprintR30xOptions,
  async connect(options, host): Promise<Connection> {
    const password = options.passwordFile === undefined ? 0 : readPassword(host.beside(options.passwordFile))
    const stream = await openStream(options.connection, host)
    let line: 'clear' | 'damaged' = 'clear'
    let disabled: string | undefined = 'its library is being checked'
    const tellHealth = () => {
      if (disabled !== undefined) host.health('degraded', disabled)
      else if (line === 'damaged')
        host.health('degraded', 'what the sensor and this box say to each other arrives damaged: check the cable')
      else host.health('ready')
    }
    const session = openSession({
      stream,
      host,
      address: options.address,
      onLine(now) {
        line = now
        tellHealth()
      },
    })
    const closed = stream.closed.then((ended) => session.reason ?? ended)
    let parameters: SystemParameters
    try {
      parameters = await shakeHands(session, host, { password, security: options.security })
    } catch (error) {
      await stream.close()
      throw error
    }
    const { capacity } = parameters
    tellHealth()
    const light = async (one: Light) => {
      if (options.led === 'aura') await session.ask<'aura'>(lights[one])
    }
    const now = host.runtime.now
    const look = createLook({ session, capacity, now, event: host.event, light })

    let identifying = false
    let wake: () => void = () => undefined
    let ended = false
    void closed.then(() => {
      ended = true
      wake()
    })
    /** Looks, or asks whether the sensor is still there; a sensor that is not ends the connection, and so this. */
    const keepLooking = async () => {
      while (!ended) {
        await session.alone(async () => {
          if (identifying) await look()
          else await session.ask<'read-parameters'>({ op: 'read-parameters' })
        })
        const waited = Promise.withResolvers<void>()
        wake = waited.resolve
        if (ended) return
        const cancel = host.runtime.after(identifying ? pollMs : idleMs, waited.resolve)
        await waited.promise
        cancel()
      }
    }
    void keepLooking().catch(() => stream.close())

    const usedSlots = async (): Promise<Set<number>> => {
      const used = new Set<number>()
      for (let page = 0; page * slotsInPage < capacity; page++) {
        const index = await session.demand<'read-index'>({ op: 'read-index', page }, 'its index could not be read')
        for (const slot of index.used) if (slot < capacity) used.add(slot)
      }
      return used
    }
    const notCleared = (what: string) => refused(host.device, what, 'delete-failed', 0x10)

    const fingers: FingerSensor = {
      capacity,
      epoch: () =>
        session.alone(async () => {
          const { content } = await session.demand<'read-notepad'>(
            { op: 'read-notepad', page: markPage },
            'its notepad could not be read',
          )
          return decodeMark(content)
        }),
      setEpoch: (epoch) =>
        session.alone(async () => {
          const content = encodeMark(epoch)
          await session.demand<'write-notepad'>(
            { op: 'write-notepad', page: markPage, content },
            'its notepad could not be written',
          )
        }),
      usedSlots: () => session.alone(usedSlots),
      identify() {
        disabled = undefined
        identifying = true
        tellHealth()
        void session.alone(() => light('ready')).catch(() => undefined)
        wake()
      },
      disable(reason) {
        disabled = reason
        identifying = false
        tellHealth()
        void session.alone(() => light('off')).catch(() => undefined)
      },
      enrol: (wanted) =>
        session.alone(async () => {
          const world = { session, runtime: host.runtime, capacity, waitMs: options.enrolSeconds * 1_000, pollMs, light }
          try {
            await enrolFinger(wanted, world)
            if (!(await usedSlots()).has(wanted.slot))
              throw refused(host.device, `slot ${wanted.slot} is still empty`, 'flash-error', 0x18)
          } catch (error) {
            if (!ended) await light('refused').catch(() => undefined)
            throw error
          } finally {
            look.passOver()
          }
        }),
      delete: (slot) =>
        session.alone(async () => {
          await session.demand<'delete'>({ op: 'delete', slot, count: 1 }, `slot ${slot} could not be cleared`)
          if ((await usedSlots()).has(slot)) throw notCleared(`slot ${slot} is still in its index`)
        }),
      empty: () =>
        session.alone(async () => {
          await session.demand<'empty'>({ op: 'empty' }, 'its library could not be cleared')
          if ((await usedSlots()).size > 0) throw notCleared('its index is still not empty')
        }),
    }
    return { closed, close: stream.close, fingers }
  },
}

async function shakeHands(
  session: Session,
  host: DeviceHost,
  { password, security }: { password: number; security: number | undefined },
): Promise<SystemParameters> {
  await session.demand<'verify-password'>({ op: 'verify-password', password }, 'it refused its password')
  const parameters = await session.demand<'read-parameters'>({ op: 'read-parameters' }, 'its parameters could not be read')
  if (parameters.capacity === 0)
    throw new VafaError({
      key: 'device.unusable',
      message: `fingerprint sensor ${host.device}: it says that it has no room for fingers`,
      hint: 'it is of a family that this driver does not know (docs/devices/fingerprint-r30x.md)',
      permanent: false,
    })
  if (security !== undefined && security !== parameters.security)
    await session.demand<'set-security'>({ op: 'set-security', level: security }, 'its security level could not be set')
  return parameters
}

function readPassword(file: string): number {
  const text = readSecret(file, 'the password of the fingerprint sensor')
  if (/^[0-9a-f]{8}$/i.test(text)) return Number.parseInt(text, 16)
  throw new VafaError({
    key: 'secret.invalid',
    message: `${file}: the password of a fingerprint sensor has 8 hexadecimal digits`,
    hint: 'write it as 0000ABCD',
  })
}
