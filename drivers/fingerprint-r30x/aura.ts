import type { CommandOf } from './commands.ts'

/** What the ring of light says. Modes: 1 breathing, 2 flashing, 3 on, 4 off; colours: 1 red, 2 blue, 3 purple. */
export type Light = 'ready' | 'known' | 'refused' | 'wanted' | 'off'

const aura = (mode: number, speed: number, colour: number, count: number): CommandOf<'aura'> => ({
  op: 'aura',
  mode,
  speed,
  colour,
  count,
})

/** `count` 0 is without end; `speed`: the larger, the slower. */
export const lights: Readonly<Record<Light, CommandOf<'aura'>>> = {
  ready: aura(1, 200, 2, 0),
  known: aura(3, 0, 2, 0),
  refused: aura(2, 25, 1, 3),
  wanted: aura(1, 100, 3, 0),
  off: aura(4, 0, 2, 0),
}
