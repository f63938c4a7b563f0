import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { messageOf } from '#runtime/errors.ts'
import type { PrintingPlace } from './receipt-on-paper.ts'

export type OutputRequest = Extract<TillRequest, { op: 'print' | 'show' }>

/** Puts what a till has to say on the lane's printer or display; it is no receipt of the club. Never rejects. */
export async function putOut(request: OutputRequest, { hardware, world, log }: PrintingPlace): Promise<TillResponse> {
  const { id: re } = request
  try {
    if (request.op === 'print') {
      if (!hardware.hasPrinter) return { op: 'error', re, error: describeError('device.unavailable', 'no printer') }
      await world.printing.print({ version: 1, reference: re, provisional: false, blocks: request.blocks }, hardware)
      return { op: 'printed', re }
    }
    const { displays } = hardware
    if (displays.length === 0) return { op: 'error', re, error: describeError('device.unavailable', 'no customer display') }
    await Promise.all(displays.map((display) => display.show(request.lines)))
    return { op: 'shown', re }
  } catch (error) {
    log.info({ reason: messageOf(error) }, `a till's “${request.op}” did not come out`)
    return { op: 'error', re, error: describeError('device.unavailable', messageOf(error)) }
  }
}
