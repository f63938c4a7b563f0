import type { TillRequest, TillResponse } from './lane.ts'

type Op = TillRequest['op']

export interface TillOperation {
  /** The answers after which none follows; `error` ends each. */
  ends: readonly TillResponse['op'][]
  /** It leaves a fact on the disk of the box: whoever may send it twice gives it an idempotency key. */
  books: boolean
  /** The id that the sender may choose, so that a repeat is known by it. */
  id?: 'saleid' | 'returnid' | 'claimid' | 'memberid' | 'closeid'
  title: string
}

/** What a till may ask, for whatever carries one answer to one question (HTTP) or repeats what it said (MQTT). */
export const tillOperations: Readonly<Record<Op, TillOperation>> = {
  open: { ends: ['quote'], books: false, title: 'open a sale, or change its basket' },
  redeem: { ends: ['quote'], books: false, title: 'pay a part from credit' },
  complete: { ends: ['result'], books: true, title: 'complete a sale: the customer has paid' },
  record: { ends: ['result'], books: true, id: 'saleid', title: 'record a sale that is paid already' },
  cancel: { ends: ['cancelled'], books: false, title: 'cancel a sale' },
  reverse: { ends: ['result'], books: true, title: 'reverse a completed sale' },
  return: { ends: ['result'], books: true, id: 'returnid', title: 'return lines or an amount' },
  'look-up': { ends: ['sale'], books: false, title: 'look up a past sale' },
  claim: { ends: ['result'], books: true, id: 'claimid', title: 'give a past sale its member' },
  reprint: { ends: ['printed'], books: false, title: 'print a receipt again' },
  print: { ends: ['printed'], books: false, title: 'print something of one’s own' },
  show: { ends: ['shown'], books: false, title: 'show something on the customer display' },
  present: { ends: ['member'], books: false, title: 'present a card or a number' },
  enrol: { ends: ['result'], books: true, id: 'memberid', title: 'sign a customer up' },
  'enrol-finger': { ends: ['finger-enrolled'], books: true, title: 'store a finger of the member at the lane' },
  'forget-finger': { ends: ['finger-forgotten'], books: true, title: 'delete the fingers of the member at the lane' },
  'sign-on': { ends: ['signed-on'], books: false, title: 'sign a cashier on' },
  'sign-off': { ends: ['signed-off'], books: false, title: 'sign the cashier off' },
  totals: { ends: ['totals'], books: false, title: 'read the totals of a day' },
  'close-day': { ends: ['result'], books: true, id: 'closeid', title: 'close the day' },
  ping: { ends: ['pong'], books: false, title: 'see whether the lane is there' },
}

export const isTillOp = (text: string): text is Op => Object.hasOwn(tillOperations, text)

/** Whether this answer is the last one to a request of that kind. */
export const endsTillRequest = (op: Op, response: TillResponse): boolean =>
  response.op === 'error' || tillOperations[op].ends.includes(response.op)
