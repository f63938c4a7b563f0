import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Category, OtherCategory } from '#drivers/pos-nexo/vocabulary.ts'
import { VafaError } from '#runtime/errors.ts'
import type { NexoFault } from './faults.ts'
import { header, type LoyaltyCall, loyaltyBody, type NexoSale, type Party, saleData } from './messages.ts'

/** A response as it came: `body` is what stands under `{Category}Response`, or under `EventNotification`. */
export interface NexoAnswer {
  status: number
  text: string
  header?: Record<string, unknown>
  body?: Record<string, unknown>
  /** The verdict, wherever the category has it. */
  response?: { Result: string; ErrorCondition?: string; AdditionalResponse?: string }
}

export interface NexoTillOptions extends Party {
  host?: string
  port: number
  path?: string
  /** PEM of the box's certificate, or of who signed it, and the name that stands in it; `none`: plain HTTP. */
  trust: { ca: string; name?: string } | 'none'
  key?: string
  certificate?: { certificate: string; privateKey: string }
}

export interface NexoCallOptions {
  serviceid?: string
  signal?: AbortSignal
}

export interface NexoTill {
  /** Sends one request and resolves with its answer; rejects where the line ends before one came. */
  call(category: Category | OtherCategory, body: object, options?: NexoCallOptions): Promise<NexoAnswer>
  acquire(sale: NexoSale, options?: NexoCallOptions & { seconds?: number }): Promise<NexoAnswer>
  loyalty(call: LoyaltyCall, options?: NexoCallOptions): Promise<NexoAnswer>
  reverse(transaction: string, options?: NexoCallOptions): Promise<NexoAnswer>
  statusOf(serviceid: string): Promise<NexoAnswer>
  abort(serviceid: string): Promise<NexoAnswer>
  /** The `ServiceID` of the last request. */
  readonly last: string
  fault(kind: NexoFault): void
}

/** A till that speaks nexo to the box, one HTTP request a message, with faults on demand. */
export function createNexoTill(options: NexoTillOptions): NexoTill {
  const { host = '127.0.0.1', port, path = '/nexo', trust, key, certificate } = options
  let last = ''
  let due: NexoFault | undefined

  const post = async (text: string, how: { send: number; cut: boolean }, signal?: AbortSignal): Promise<NexoAnswer> => {
    const bytes = Buffer.from(text, 'utf8')
    const request = (trust === 'none' ? httpRequest : httpsRequest)({
      host,
      port,
      path,
      method: 'POST',
      agent: false,
      ...(trust === 'none' ? {} : { ca: trust.ca, servername: trust.name ?? 'localhost' }),
      ...(certificate ? { cert: certificate.certificate, key: certificate.privateKey } : {}),
      headers: {
        'content-type': 'application/json',
        'content-length': bytes.length,
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(signal ? { signal } : {}),
    })
    try {
      const came = once(request, 'response')
      came.catch(() => {})
      if (how.send < 1) request.write(bytes.subarray(0, Math.floor(bytes.length * how.send)))
      else request.end(bytes)
      if (how.cut) {
        await new Promise((resolve) => request.once('finish', resolve))
        // Everything is on its way; whoever answers now answers nobody.
        request.destroy()
      }
      const [response] = await came
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      return answerFrom(response.statusCode, Buffer.concat(chunks).toString('utf8'))
    } catch (cause) {
      const message = `nexo port ${host}:${port}: the line ended before an answer came`
      throw new VafaError({ key: 'till.ended', message, permanent: false, cause })
    }
  }

  const call: NexoTill['call'] = async (category, body, { serviceid, signal } = {}) => {
    last = serviceid ?? String(randomInt(1_000_000_000, 9_999_999_999))
    const fault = due
    due = undefined
    const party = fault === 'wrong header' ? { saleid: 'another', poiid: options.poiid } : options
    const whole = { send: 1, cut: false }
    const text = JSON.stringify({
      SaleToPOIRequest: { MessageHeader: header(party, category, last), [`${category}Request`]: body },
    })
    switch (fault) {
      case 'half a request':
        return post(text, { send: 0.5, cut: false }, signal)
      case 'hang up':
        return post(text, { send: 1, cut: true }, signal)
      case 'oversized':
        return post(text.padEnd(1_048_576), whole, signal)
      case 'garbage':
        return post(text.slice(3).replaceAll('"', '\u0000'), whole, signal)
      case 'repeat': {
        const [, second] = await Promise.all([post(text, whole, signal), post(text, whole, signal)])
        return second
      }
      default:
        return post(text, whole, signal)
    }
  }
  const reference = (serviceid: string) => ({
    MessageReference: { ServiceID: serviceid, SaleID: options.saleid, POIID: options.poiid },
  })

  return {
    call,
    acquire: (sale, { seconds, ...rest } = {}) =>
      call(
        'CardAcquisition',
        {
          SaleData: saleData(sale),
          CardAcquisitionTransaction: {},
          ...(seconds === undefined ? {} : { MaxWaitingTime: seconds }),
        },
        rest,
      ),
    loyalty: (one, rest) => call('Loyalty', loyaltyBody(one), rest),
    reverse: (transaction, rest) =>
      call(
        'Reversal',
        {
          OriginalPOITransaction: { POITransactionID: { TransactionID: transaction, TimeStamp: new Date().toISOString() } },
          ReversalReason: 'MerchantCancel',
        },
        rest,
      ),
    statusOf: (serviceid) => call('TransactionStatus', reference(serviceid)),
    abort: (serviceid) => call('Abort', { ...reference(serviceid), AbortReason: 'the cashier' }),
    get last() {
      return last
    },
    fault(kind) {
      due = kind
    },
  }
}

/** What came, taken apart as far as it can be. */
export function answerFrom(status: number, text: string): NexoAnswer {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { status, text }
  }
  const outer = json as Record<string, Record<string, Record<string, unknown>> | undefined>
  const message = outer.SaleToPOIResponse ?? outer.SaleToPOIRequest
  if (!message) return { status, text }
  const [, body] = Object.entries(message).find(([name]) => name !== 'MessageHeader') ?? []
  const verdict = body && verdictIn(body)
  return {
    status,
    text,
    ...(message.MessageHeader ? { header: message.MessageHeader } : {}),
    ...(body ? { body } : {}),
    ...(verdict ? { response: verdict } : {}),
  }
}

function verdictIn(body: Record<string, unknown>): NexoAnswer['response'] {
  const within = body.InputResult ?? (Array.isArray(body.OutputResult) ? body.OutputResult[0] : undefined) ?? body
  return (within as { Response?: NexoAnswer['response'] }).Response
}

/** The id of the transaction that a response tells of. */
export const transactionOf = ({ body }: NexoAnswer): string =>
  (body as { POIData: { POITransactionID: { TransactionID: string } } }).POIData.POITransactionID.TransactionID
