import type { DeviceEvent } from '../contract.ts'
import type { Light } from './aura.ts'
import type { Session } from './session.ts'

/** The first image of a finger that is just landing shows too little of it: so often is it looked at again. */
const looksAtOne = 3

export interface Look {
  (): Promise<void>
  /** Whatever finger is there now is not searched for: it has been seen to. */
  passOver(): void
}

/**
 * One look at the sensor: a finger that was not there before is searched for, once, until it is lifted. The looks never
 * stop while the sensor is in use, so they also show that it still answers.
 */
export function createLook(options: {
  session: Session
  capacity: number
  now(): number
  event(event: DeviceEvent): void
  light(light: Light): Promise<void>
}): Look {
  const { session, capacity, now, event, light } = options
  let there = false

  const search = async (): Promise<DeviceEvent> => {
    for (let looks = 1; ; looks++) {
      const features = await session.ask<'extract'>({ op: 'extract', buffer: 1 })
      const found =
        features.confirmation === 'ok' ? await session.ask<'search'>({ op: 'search', start: 0, count: capacity }) : features
      if (found.confirmation === 'ok' && 'slot' in found.result) return { kind: 'finger', at: now(), ...found.result }
      const last = looks === looksAtOne || (await session.ask<'take-image'>({ op: 'take-image' })).confirmation !== 'ok'
      if (last)
        return features.confirmation === 'ok'
          ? { kind: 'refused', at: now(), key: 'finger.unknown', reason: 'the sensor knows no such finger' }
          : { kind: 'refused', at: now(), key: 'finger.unreadable', reason: 'no image of it was good enough' }
    }
  }

  const look = async () => {
    const image = await session.ask<'take-image'>({ op: 'take-image' })
    if (image.confirmation === 'no-finger') {
      if (!there) return
      there = false
      await light('ready')
      event({ kind: 'removed', at: now() })
      return
    }
    // An image that failed: the next look takes another one.
    if (image.confirmation !== 'ok' || there) return
    there = true
    const seen = await search()
    event(seen)
    await light(seen.kind === 'finger' ? 'known' : 'refused')
  }

  return Object.assign(look, {
    passOver() {
      there = true
    },
  })
}
