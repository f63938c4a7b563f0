import { VafaError } from '#runtime/errors.ts'
import { cardNamed } from '#simulators/card/cards.ts'
import { tap as tapCard } from '#simulators/card/virtual-card.ts'
import { readerPort, readStore } from './store-config.ts'

/** `vafa sim tap`: holds a virtual card to the store's virtual reader, or to a slot of vsmartcard-vpcd. */
export async function tap(options: { card: string; config?: string; port?: string; hold: string }): Promise<void> {
  const card = cardNamed(options.card)
  const port = options.port
    ? Number(options.port)
    : options.config
      ? readerPort(readStore(options.config), options.config)
      : undefined
  if (port === undefined)
    throw new VafaError({
      key: 'sim.where',
      message: 'which reader? neither --config nor --port was given',
      hint: 'add -c gateway.yaml, or --port 35963 for the first reader of a pcscd with vsmartcard-vpcd',
    })
  const { asked } = await tapCard({ port, card, holdMs: Number(options.hold) })
  process.stdout.write(asked.length > 0 ? `read (${asked.length} commands): ${asked.join(' ')}\n` : 'nobody read the card\n')
  if (asked.length === 0) process.exitCode = 1
}
