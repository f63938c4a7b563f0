import { VafaError } from '#runtime/errors.ts'
import { cardNamed } from '#simulators/card/cards.ts'
import { tap as tapCard } from '#simulators/card/virtual-card.ts'
import { askLeaveAt } from '../sim/leave.ts'
import { readerPort, readPlayable } from './store-config.ts'

/** `vafa sim tap`: holds a virtual card to the store's virtual reader, or to a slot of vsmartcard-vpcd. */
export async function tap(options: { card: string; config?: string; port?: number; hold: number; lane?: string }): Promise<void> {
  const card = cardNamed(options.card)
  const { config, lane } = options
  const port = options.port ?? (config ? readerPort(await readPlayable(config, 'pcsc', lane), config, lane) : undefined)
  if (port === undefined)
    throw new VafaError({
      key: 'usage.where',
      message: 'which reader? neither --config nor --port was given',
      hint: 'add -c gateway.yaml, or --port 35963 for the first reader of a pcscd with vsmartcard-vpcd',
    })
  if (options.port !== undefined) await askLeaveAt({ vpcd: options.port }, ['pcsc'], options)
  const { asked } = await tapCard({ port, card, holdMs: options.hold })
  process.stdout.write(`read (${asked.length} commands): ${asked.join(' ')}\n`)
}
