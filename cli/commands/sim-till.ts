import { randomUUID } from 'node:crypto'
import { good, say, type TalkOptions } from './till-talk.ts'
import { type AnyTill, connectTillVia } from './till-via.ts'

type Asked = Parameters<AnyTill['request']>[0]

/** Asks a lane one thing as a till's software would, and waits for the club's answer where one follows. */
async function ask(call: Asked, options: TalkOptions, follows: 'result' | 'nothing' = 'result'): Promise<void> {
  const till = await connectTillVia(options)
  till.onMessage((message) => say(message, options))
  try {
    good(await till.request(call, follows === 'result' ? { until: 'result' } : {}))
  } finally {
    await till.close()
  }
}

/** `vafa sim book`: a sale that was paid without a question. */
export async function record(options: TalkOptions & { amount: number; phone?: string }): Promise<void> {
  const { amount, phone } = options
  const sale = { tillreceipt: `SIM-${Date.now().toString(36).toUpperCase()}`, total: amount, lines: [] }
  const credential = phone === undefined ? {} : { credential: { kind: 'phone' as const, value: phone } }
  await ask({ op: 'record', saleid: randomUUID(), sale, ...credential }, options)
}

/** `vafa sim return`: a part of a sale's price, or all of it, brought back. */
export async function takeBack(reference: string, options: TalkOptions & { amount: number }): Promise<void> {
  await ask({ op: 'return', returnid: randomUUID(), reference, lines: [], amount: options.amount }, options)
}

/** `vafa sim claim`: a sale without a member gets one. */
export async function claim(reference: string, options: TalkOptions & { phone: string }): Promise<void> {
  const credential = { kind: 'phone' as const, value: options.phone }
  await ask({ op: 'claim', claimid: randomUUID(), reference, credential }, options)
}

/** `vafa sim look-up`: a past sale. */
export const lookUp = (reference: string, options: TalkOptions): Promise<void> =>
  ask({ op: 'look-up', reference }, options, 'nothing')

/** `vafa sim close-day`: the box's totals of a day beside the club's. */
export async function closeDay(options: TalkOptions & { date?: string }): Promise<void> {
  await ask(
    { op: 'close-day', closeid: randomUUID(), ...(options.date === undefined ? {} : { businessdate: options.date }) },
    options,
  )
}
