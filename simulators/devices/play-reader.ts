import { pcscDriver } from '#drivers/pcsc/driver.ts'
import { type CardHost, startCardHost } from '../card/card-host.ts'
import { cardNamed } from '../card/cards.ts'
import type { CardFault } from '../card/virtual-card.ts'
import { whenThere } from './calling.ts'
import type { FaultKind } from './faults.ts'
import { cannotDo, cannotFail, notPlayable } from './refusals.ts'
import type { Player } from './virtual-device.ts'

const cardFaults = {
  'mute-card': 'mute',
  'pulled-card': 'pulled',
  garbage: 'garbage',
  'half-a-frame': 'half',
} as const satisfies Partial<Record<FaultKind, CardFault>>

/**
 * Cards for the driver's own virtual reader (`via: vpcd`), or for any slot of vsmartcard that pcscd has. A reader has no
 * line to cut here: what goes wrong, goes wrong between reader and card.
 */
export const playReader: Player = async (part) => {
  const options = pcscDriver.options.parse(part.options)
  if (options.via !== 'vpcd')
    throw notPlayable(part, 'its cards come through pcscd', 'write `via: vpcd`, or lay cards with `vafa sim tap --port`')
  let fault: CardFault | undefined
  let hosting: Promise<CardHost> | undefined
  const noise = async () => {
    hosting ??= startCardHost()
    const host = await hosting
    const card = await whenThere(() => host.insert(options.port, { ...cardNamed('sara'), fault: 'noise' }))
    await card.gone
  }
  return {
    acts: ['tap'],
    faults: ['garbage', 'half-a-frame', 'mute-card', 'pulled-card'],
    async act(act) {
      if (act.do !== 'tap') throw cannotDo(part, act)
      const card = cardNamed(act.card)
      hosting ??= startCardHost()
      const host = await hosting
      const laid = await whenThere(() => host.insert(options.port, fault === undefined ? card : { ...card, fault }))
      const held = new Promise((resolve) => setTimeout(resolve, act.holdMs))
      await Promise.race([held, laid.gone])
      const { asked } = await laid.remove()
      part.seen({ kind: 'note', text: asked.length > 0 ? `${act.card} was read` : `nobody read ${act.card}` })
    },
    async fault(kind) {
      if (kind === 'garbage') await noise()
      else if (kind in cardFaults) fault = cardFaults[kind as keyof typeof cardFaults]
      else throw cannotFail(part, kind)
    },
    async mend() {
      fault = undefined
    },
    async close() {
      await (await hosting)?.close()
    },
  }
}
