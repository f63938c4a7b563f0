import type { Runtime } from '#runtime/runtime.ts'
import type { EnrolFinger } from '../contract.ts'
import type { Light } from './aura.ts'
import { fingerFault } from './sensor-errors.ts'
import type { Session } from './session.ts'

export interface EnrolWorld {
  session: Session
  runtime: Runtime
  capacity: number
  /** How long a person has for each image. */
  waitMs: number
  pollMs: number
  light(light: Light): Promise<void>
}

/** How often a finger may lie badly before it is given up. */
const badImages = 5

/**
 * Two images of one finger, the finger lifted in between, made into one template and stored. A finger that is stored
 * already is refused: it would stand for two people, or for one twice.
 */
export async function enrolFinger({ slot, onStep, signal }: EnrolFinger, world: EnrolWorld): Promise<void> {
  const { session, runtime, capacity, waitMs, pollMs, light } = world

  const pause = () => new Promise<void>((resolve) => void runtime.after(pollMs, resolve))
  /** Looks until `done` says so. */
  const until = async (done: (image: string) => Promise<boolean> | boolean): Promise<void> => {
    const started = runtime.monotonic()
    for (;;) {
      if (signal?.aborted) throw fingerFault('finger.late', 'the enrolment was given up')
      const { confirmation } = await session.ask<'take-image'>({ op: 'take-image' })
      if (await done(confirmation)) return
      if (runtime.monotonic() - started > waitMs)
        throw fingerFault('finger.late', `nothing happened for ${Math.round(waitMs / 1_000)} s`)
      await pause()
    }
  }
  const lifted = () => until((image) => image === 'no-finger')
  const imaged = async (buffer: 1 | 2) => {
    let bad = 0
    await until(async (image) => {
      if (image !== 'ok') return false
      const { confirmation } = await session.ask<'extract'>({ op: 'extract', buffer })
      if (confirmation === 'ok') return true
      bad += 1
      if (bad >= badImages) throw fingerFault('finger.unreadable', `${bad} images in a row were not good enough`)
      return false
    })
  }

  const { confirmation: before } = await session.ask<'take-image'>({ op: 'take-image' })
  if (before === 'ok') {
    onStep('lift')
    await lifted()
  }
  await light('wanted')
  onStep('place')
  await imaged(1)
  const known = await session.ask<'search'>({ op: 'search', start: 0, count: capacity })
  if (known.confirmation === 'ok') throw fingerFault('finger.taken', `the finger is in slot ${known.result.slot} already`)
  onStep('lift')
  await lifted()
  onStep('again')
  await imaged(2)
  const { confirmation } = await session.ask<'combine'>({ op: 'combine' })
  if (confirmation !== 'ok') throw fingerFault('finger.differs', 'the two images are not of one finger')
  await session.demand<'store'>({ op: 'store', slot }, `slot ${slot} could not be written`)
  onStep('stored')
  await light('known')
}
