import type { ReceiptDocument } from '#protocol/receipt.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { LaneHardware } from './hardware.ts'
import type { LaneWorld } from './world.ts'

/** Where a lane prints, and who writes it down. */
export interface PrintingPlace {
  lane: string
  hardware: LaneHardware
  world: Pick<LaneWorld, 'printing' | 'envelopes' | 'outbox' | 'shop'>
  log: Logger
}

export interface ReceiptOnPaper extends PrintingPlace {
  receipt: ReceiptDocument
  saleid: string
  orderkey: string
  /** The fact whose receipt this is; left out for a copy. */
  handed?: { id: string; handed: 'provisional' | 'final' }
}

/** Resolves when the printer has it, and the club will be told; rejects where it may not be on paper. */
export async function printReceipt(options: ReceiptOnPaper): Promise<{ confirmed: boolean }> {
  const { receipt, saleid, orderkey, handed, lane, hardware, world, log } = options
  const { device, confirmed } = await world.printing.print(receipt, hardware)
  const data = { saleid, reference: receipt.reference, via: 'own' as const, provisional: receipt.provisional, confirmed }
  const printed = world.envelopes.fact('vafa.receipt.printed.v1', data, { lane, device, orderkey }, saleid)
  try {
    await world.outbox.commit([printed], handed)
  } catch (error) {
    log.warn({ saleid, reason: messageOf(error) }, 'the receipt is printed, but the club will not be told so')
    if (handed) world.outbox.hand(handed.id, handed.handed)
  }
  return { confirmed }
}
