import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { posNexoOptions } from '#drivers/pos-nexo/options.ts'
import { pathBeside, readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import type { NexoFault } from '#simulators/nexo-till/faults.ts'
import type { NexoSale } from '#simulators/nexo-till/messages.ts'
import { createNexoTill, type NexoAnswer, type NexoTill, transactionOf } from '#simulators/nexo-till/nexo-till.ts'
import { readPlayable } from './store-config.ts'

export interface NexoOptions {
  config: string
  saleid?: string
  amount: number
  phone?: string
  tap?: number
  redeem?: number
  reverse?: boolean
  fault?: NexoFault
  json?: boolean
}

/** `vafa sim nexo`: a sale as a till's software makes it that speaks nexo; prints what the box answers to each message. */
export async function nexo(options: NexoOptions): Promise<void> {
  const till = await tillOf(options)
  const at = new Date()
  const sale: NexoSale = {
    transaction: { TransactionID: String(at.getTime()), TimeStamp: at.toISOString() },
    items: [{ product: 'tea', amount: options.amount }],
  }
  const say = (what: string, answer: NexoAnswer) => {
    process.stdout.write(`${options.json ? answer.text : inWords(what, answer)}\n`)
  }
  const account = options.phone === undefined ? {} : { account: { IdentificationType: 'PhoneNumber', LoyaltyID: options.phone } }
  if (options.fault) {
    till.fault(options.fault)
    return say(`Award, ${options.fault}`, await till.loyalty({ type: 'Award', sale, ...account }))
  }
  let acquisition = {}
  if (options.tap !== undefined) {
    const acquired = await till.acquire(sale, { seconds: options.tap })
    say('CardAcquisition', acquired)
    if (acquired.response?.Result !== 'Failure') acquisition = { acquisition: transactionOf(acquired) }
  }
  const rebate = await till.loyalty({ type: 'Rebate', sale, ...account, ...acquisition })
  say('Rebate', rebate)
  if (rebate.response?.Result === 'Failure') return
  if (options.redeem !== undefined) say('Redemption', await till.loyalty({ type: 'Redemption', sale, redeem: options.redeem }))
  const award = await till.loyalty({ type: 'Award', sale })
  say('Award', award)
  if (options.reverse && award.response?.Result !== 'Failure') say('Reversal', await till.reverse(transactionOf(award)))
}

/** The till that the configuration knows, with what it has to show. */
async function tillOf({ config: file, saleid }: NexoOptions): Promise<NexoTill> {
  const { devices } = await readPlayable(file, 'pos-nexo')
  const device = devices.find(({ driver }) => driver === 'pos-nexo')
  const options = posNexoOptions.safeParse(device?.options)
  const till = options.data?.tills.find((one) => saleid === undefined || one.saleid === saleid)
  if (!options.success || !till)
    throw new VafaError({
      key: 'config.no-virtual-device',
      message: `${file} has no pos-nexo device${saleid === undefined ? '' : ` with a till ${saleid}`}`,
      hint: 'see docs/devices/pos-nexo.md',
    })
  if (till.certificate !== undefined)
    throw new VafaError({
      key: 'config.no-virtual-device',
      message: `till ${till.saleid} shows a certificate, whose key only the till itself has`,
      hint: 'name a till with a `secretFile`: --saleid',
    })
  const { host, port, path, tls } = options.data
  const ca = tls && readFileSync(pathBeside(file, tls.certFile), 'utf8')
  return createNexoTill({
    saleid: till.saleid,
    poiid: till.poiid,
    host: host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host,
    port,
    path,
    ...(till.secretFile === undefined ? {} : { key: readSecret(pathBeside(file, till.secretFile), `the key of ${till.saleid}`) }),
    // This is the box's own machine: its certificate is trusted as it lies there, whoever signed it.
    trust: ca === undefined ? 'none' : { ca, name: nameIn(ca) },
  })
}

/** A name that the certificate is for. */
const nameIn = (pem: string): string => /DNS:([^,\s]+)/.exec(new X509Certificate(pem).subjectAltName ?? '')?.[1] ?? 'localhost'

function inWords(what: string, { status, response, body, text }: NexoAnswer): string {
  if (!response) return `${what}: HTTP ${status} ${text.slice(0, 300)}`
  const details = [...new URLSearchParams(response.AdditionalResponse ?? '')].map(([key, value]) => `  ${key}: ${value}`)
  const result = body?.LoyaltyResult ?? body?.LoyaltyAccount
  return [
    `${what}: ${response.Result}${response.ErrorCondition ? ` (${response.ErrorCondition})` : ''}`,
    ...details,
    ...(result ? [`  ${JSON.stringify(result)}`] : []),
  ].join('\n')
}
