import { idleMemory } from '../idle-memory.ts'
import type { DevicePart } from './figures.ts'

/** The box with one device of every kind, before its first customer. */
export const idlePart: DevicePart = {
  name: 'idle',
  async measure() {
    const { readyMs, pss } = await idleMemory()
    return [{ kind: 'box', name: 'a device of every kind', readyMs, pss }]
  },
}
