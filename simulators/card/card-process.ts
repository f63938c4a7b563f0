/**
 * Cards in a process of their own, told over IPC what to present: a PC/SC call that blocks its process cannot then
 * wait for a card that lives in the same one; and the process can live in another network namespace than its parent.
 */
import { messageOf } from '#runtime/errors.ts'
import { type PresentedCard, presentCard, type VirtualCard } from './virtual-card.ts'

/** `id` names one presence of a card, chosen by the parent. */
export type ToCards = { kind: 'insert'; id: number; port: number; card: VirtualCard } | { kind: 'remove'; id: number }
export type FromCards =
  | { kind: 'awake' }
  | { kind: 'inserted'; id: number }
  | { kind: 'asked'; id: number; apdu: string }
  /** Taken away, by the parent or because the reader ended. `asked`: the APDUs it was sent. */
  | { kind: 'gone'; id: number; asked: readonly string[] }
  | { kind: 'failed'; id: number; reason: string }

const present = new Map<number, PresentedCard>()
const tell = (message: FromCards): void => {
  // A message that cannot be sent has no reader any more: `disconnect` follows.
  process.send?.(message, () => {})
}

async function insert({ id, port, card }: Extract<ToCards, { kind: 'insert' }>): Promise<void> {
  try {
    const presented = await presentCard({ port, card, onAsked: (apdu) => tell({ kind: 'asked', id, apdu }) })
    present.set(id, presented)
    tell({ kind: 'inserted', id })
    await presented.gone
    present.delete(id)
    tell({ kind: 'gone', id, asked: presented.asked })
  } catch (error) {
    tell({ kind: 'failed', id, reason: messageOf(error) })
  }
}

process.on('disconnect', () => process.exit())
process.on('message', (message: ToCards) => {
  if (message.kind === 'insert') void insert(message)
  else void present.get(message.id)?.remove()
})
tell({ kind: 'awake' })
