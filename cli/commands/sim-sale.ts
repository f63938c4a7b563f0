import type { Language } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'
import { startCardHost } from '#simulators/card/card-host.ts'
import { cardNamed } from '#simulators/card/cards.ts'
import { readerPort, readPlayable } from './store-config.ts'
import { good, say } from './till-talk.ts'
import { type AnyTill, connectTillVia, type TillVia } from './till-via.ts'

interface SaleOptions {
  amount: number
  via: TillVia
  config?: string
  till?: { host: string; port: number }
  card?: string
  phone?: string
  enrol?: string
  cancel?: boolean
  reverse?: boolean
  redeem?: number
  language: Language
  json?: boolean
}

/** `vafa sim sale`: what a till's software says and hears for one sale, from the tap to the receipt. */
export async function sale(options: SaleOptions): Promise<void> {
  const till = await connectTillVia(options)
  till.onMessage((message) => say(message, options))
  try {
    await identify(till, options)
    if (options.enrol) {
      const enrolled = good(
        await till.request({
          op: 'enrol',
          profile: { displayName: options.enrol },
          consents: [{ purpose: 'club', given: true }],
        }),
      )
      await till.waitFor((m) => m.op === 'result' && m.re === enrolled.re)
    }
    const tillreceipt = `SIM-${Date.now().toString(36).toUpperCase()}`
    const quote = good(
      await till.request(
        { op: 'open', sale: { tillreceipt, operator: 'sim', total: options.amount, lines: [] } },
        { until: 'quote' },
      ),
    )
    if (quote.op !== 'quote') return
    const { saleid } = quote
    const lower =
      options.redeem === undefined ? quote : good(await till.request({ op: 'redeem', saleid, amount: options.redeem }))
    const { payable } = lower.op === 'quote' ? lower : quote
    if (options.cancel) {
      good(await till.request({ op: 'cancel', saleid }))
      return
    }
    const completed = good(await till.request({ op: 'complete', saleid, tenders: [{ kind: 'cash', amount: payable }] }))
    await till.waitFor((m) => m.op === 'result' && m.re === completed.re)
    if (!options.reverse) return
    const reversed = good(await till.request({ op: 'reverse', saleid }))
    await till.waitFor((m) => m.op === 'result' && m.re === reversed.re)
  } finally {
    await till.close()
  }
}

/** Card or mobile, if asked for; resolves when the lane has said who it is, or that it does not know. */
async function identify(till: AnyTill, options: SaleOptions): Promise<void> {
  if (options.phone) await till.request({ op: 'present', credential: { kind: 'phone', value: options.phone } })
  if (!options.card) return
  if (!options.config)
    throw new VafaError({
      key: 'usage.where',
      message: '--card needs --config',
      hint: 'the reader’s port stands in gateway.yaml',
    })
  const host = await startCardHost()
  try {
    const card = await host.insert(
      readerPort(await readPlayable(options.config, 'pcsc'), options.config),
      cardNamed(options.card),
    )
    const heard = await till.waitFor((m) => m.op === 'member' || (m.op === 'error' && m.re === undefined)).catch(() => undefined)
    await card.remove()
    if (!heard)
      throw new VafaError({
        key: 'sim.unread',
        message: `the lane said nothing of the card ${options.card}`,
        hint: 'a broken card is not read, nor is one beside another card; the gateway’s log says how the reader is',
      })
  } finally {
    await host.close()
  }
}
