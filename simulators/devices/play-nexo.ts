import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { posNexoOptions } from '#drivers/pos-nexo/options.ts'
import { readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import type { NexoFault } from '../nexo-till/faults.ts'
import type { NexoSale } from '../nexo-till/messages.ts'
import { createNexoTill, type NexoAnswer, transactionOf } from '../nexo-till/nexo-till.ts'
import type { Act } from './acts.ts'
import { whenThere } from './calling.ts'
import type { FaultKind } from './faults.ts'
import { reachable } from './play-till.ts'
import { cannotDo, cannotFail, notPlayable } from './refusals.ts'
import type { Player } from './virtual-device.ts'

const nextRequest = {
  'half-a-frame': 'half a request',
  'hang-up': 'hang up',
  repeat: 'repeat',
  garbage: 'garbage',
} as const satisfies Partial<Record<FaultKind, NexoFault>>

/** Half a request ends when the box has had enough of it; a till's own patience is shorter. */
const patienceMs = 1_500

/** A till that speaks nexo. What goes wrong, goes wrong with its next request. */
export const playNexo: Player = async (part) => {
  const { host, port, path, tls, tills } = posNexoOptions.parse(part.options)
  const known = tills.find(({ lane }) => lane === undefined || lane === part.lane) ?? tills[0]
  if (!known || known.certificate !== undefined)
    throw notPlayable(part, 'its till is known by a certificate', 'give the till a `secretFile`, or none on this machine')
  const till = createNexoTill({
    saleid: known.saleid,
    poiid: known.poiid,
    host: reachable(host),
    port,
    path,
    trust: tls ? { ca: readFileSync(part.beside(tls.certFile), 'utf8') } : 'none',
    ...(known.secretFile === undefined ? {} : { key: readSecret(part.beside(known.secretFile), `the key of ${known.saleid}`) }),
  })
  let last: string | undefined
  const tell = (op: string, answer: NexoAnswer): NexoAnswer => {
    part.seen({ kind: 'answer', op, body: { status: answer.status, ...answer.response, ...answer.body } })
    if (answer.response?.Result === 'Success') return answer
    const { ErrorCondition = 'no response', AdditionalResponse } = answer.response ?? {}
    throw new VafaError({
      key: 'nexo.refused',
      message: `the box answered ${ErrorCondition}`,
      ...(AdditionalResponse ? { hint: AdditionalResponse } : {}),
    })
  }
  const saleOf = ({ amount, lines, receipt }: Extract<Act, { do: 'sale' }>): NexoSale => ({
    transaction: { TransactionID: receipt ?? randomUUID().slice(0, 8), TimeStamp: new Date().toISOString() },
    items:
      lines.length === 0
        ? [{ product: 'sim', amount }]
        : lines.map(({ product, amount: price, quantity }) => ({ product, amount: price, quantity })),
  })
  return {
    acts: ['sale', 'reverse', 'present', 'sign-on'],
    faults: ['garbage', 'half-a-frame', 'hang-up', 'repeat'],
    async act(act) {
      // Before its first request: a gateway is ready before its devices listen.
      await whenThere(() => till.statusOf('0'))
      switch (act.do) {
        case 'sale': {
          const account = act.phone === undefined ? {} : { account: { IdentificationType: 'PhoneNumber', LoyaltyID: act.phone } }
          const answer = tell('Loyalty', await till.loyalty({ type: 'Award', sale: saleOf(act), ...account }))
          last = transactionOf(answer)
          return
        }
        case 'present':
          return void tell(
            'BalanceInquiry',
            await till.call('BalanceInquiry', {
              LoyaltyAccountReq: { LoyaltyAccountID: { IdentificationType: 'PhoneNumber', LoyaltyID: act.phone } },
            }),
          )
        case 'reverse': {
          if (last === undefined)
            throw new VafaError({
              key: 'sim.no-sale',
              message: `${part.device} has sold nothing yet`,
              hint: 'a `sale` must come first',
            })
          return void tell('Reversal', await till.reverse(last))
        }
        case 'sign-on':
          return void tell(
            'Login',
            await till.call('Login', {
              DateTime: new Date().toISOString(),
              SaleSoftware: { ManufacturerID: 'vafa', ApplicationName: 'sim', SoftwareVersion: '1', CertificationCode: 'none' },
              OperatorID: act.operator,
              ...(act.shift === undefined ? {} : { ShiftNumber: act.shift }),
              OperatorLanguage: 'fa',
            }),
          )
        default:
          throw cannotDo(part, act)
      }
    },
    async fault(kind) {
      if (!(kind in nextRequest)) throw cannotFail(part, kind)
      till.fault(nextRequest[kind as keyof typeof nextRequest])
      const answer = await till.call('Diagnosis', {}, { signal: AbortSignal.timeout(patienceMs) }).catch(() => undefined)
      const verdict = answer?.response?.Result ?? answer?.body?.EventToNotify ?? ''
      part.seen({
        kind: 'note',
        text: answer ? `the box answered ${answer.status} ${verdict}` : 'the line ended without an answer',
      })
    },
    mend: async () => undefined,
    close: async () => undefined,
  }
}
