import type { NetworkCode, ProcessingCode } from './codes.ts'
import type { FieldNumber } from './fields.ts'
import type { IsoMessage } from './message.ts'

interface Exchange {
  /** The type of the request and, behind it, of its repeat. */
  mti: readonly string[]
  answer: string
  processing?: ProcessingCode
  /** Of a 0800. */
  network?: NetworkCode
  means: string
  required: readonly FieldNumber[]
  optional: readonly FieldNumber[]
  answers: { required: readonly FieldNumber[]; optional: readonly FieldNumber[] }
}

const transaction = [3, 7, 11, 12, 13, 41] as const
const who = [2, 35] as const
const aside = [22, 24, 25, 42, 49, 64] as const
const echoed = [3, 7, 11, 12, 13, 41] as const
const said = [24, 42, 44, 61, 64] as const

/**
 * Every exchange of the profile: the request's type and processing code, what it must and may carry, what comes back.
 * DE 39 is in every answer. Codec, mapping and docs/iso8583.md are made of this table.
 */
export const exchanges = {
  'who-is-this': {
    mti: ['0100', '0101'],
    answer: '0110',
    processing: '31',
    means: 'who is this, and what do they have? → `credential.presented`',
    required: transaction,
    optional: [...who, ...aside, 48, 60],
    answers: { required: [...echoed, 39], optional: [...said, 54] },
  },
  quote: {
    mti: ['0100', '0101'],
    answer: '0110',
    processing: '00',
    means: 'what would this basket get? DE 4 of the answer is what the customer is to pay → `sale.quoted`',
    required: [...transaction, 4],
    optional: [...who, ...aside, 48, 60, 62],
    answers: { required: [...echoed, 39], optional: [...said, 4, 37, 48, 49, 54] },
  },
  hold: {
    mti: ['0100', '0101'],
    answer: '0110',
    processing: '18',
    means: 'pay DE 4 of the quoted sale from the credit; 0 gives it back → `redemption.reserved`, `redemption.voided`',
    required: [...transaction, 4],
    optional: [...aside, 37, 48, 60],
    answers: { required: [...echoed, 39], optional: [...said, 4, 37, 48, 49, 54] },
  },
  'past-sale': {
    mti: ['0100', '0101'],
    answer: '0110',
    processing: '39',
    means: 'a past sale by its receipt’s code, before a return → `sale.looked-up`',
    required: [...transaction, 37],
    optional: [...aside, 60],
    answers: { required: [...echoed, 39], optional: [...said, 37, 48, 54, 62, 63] },
  },
  sale: {
    mti: ['0200', '0201'],
    answer: '0210',
    processing: '00',
    means: 'paid → `sale.completed`. Without a quote before it the sale only earns',
    required: [...transaction, 4],
    optional: [...who, ...aside, 37, 48, 60, 62],
    answers: { required: [...echoed, 39], optional: [...said, 4, 37, 38, 48, 49, 54, 62, 63] },
  },
  return: {
    mti: ['0200', '0201'],
    answer: '0210',
    processing: '20',
    means: 'brought back: DE 4 of the price of the sale that DE 37 names → `sale.returned`',
    required: [...transaction, 4, 37],
    optional: [...aside, 60],
    answers: { required: [...echoed, 39], optional: [...said, 4, 37, 38, 48, 49, 54, 62, 63] },
  },
  advice: {
    mti: ['0220', '0221'],
    answer: '0230',
    processing: '00',
    means: 'the terminal approved the sale alone: it is taken as it is → `sale.completed` in `decision.advised`',
    required: [...transaction, 4],
    optional: [...who, ...aside, 37, 38, 39, 48, 60, 62],
    answers: { required: [...echoed, 39], optional: [...said, 4, 37, 38, 48, 49, 54, 62, 63] },
  },
  reversal: {
    mti: ['0400', '0401'],
    answer: '0410',
    means: 'undo what DE 90 names, whether it arrived or not → `sale.reversed`, or `redemption.voided` for a hold',
    required: [...transaction, 90],
    optional: [...aside.slice(0, -1), 4, 37, 38, 48, 60, 128],
    answers: { required: [...echoed, 39], optional: [...said, 4, 37, 38, 48, 49, 54, 62, 63, 90, 128] },
  },
  'reversal-advice': {
    mti: ['0420', '0421'],
    answer: '0430',
    means: 'as a reversal, from the journal of a terminal that was cut off',
    required: [...transaction, 90],
    optional: [...aside.slice(0, -1), 4, 37, 38, 48, 60, 128],
    answers: { required: [...echoed, 39], optional: [...said, 4, 37, 38, 48, 49, 54, 62, 63, 90, 128] },
  },
  reconciliation: {
    mti: ['0500', '0501'],
    answer: '0510',
    means: "the day's totals; the answer has the box's own and whether they agree (DE 66) → `day.closed`",
    required: [7, 11, 12, 13, 41],
    optional: [15, 24, 42, 60, 74, 76, 77, 88, 128],
    answers: { required: [7, 11, 12, 13, 39, 41], optional: [15, 24, 42, 44, 60, 61, 62, 63, 66, 74, 76, 77, 88, 128] },
  },
  'sign-on': {
    mti: ['0800', '0801'],
    answer: '0810',
    network: '001',
    means: 'the terminal, and the cashier whom DE 60 names, begin',
    required: [7, 11, 41, 70],
    optional: [12, 13, 24, 42, 60, 128],
    answers: { required: [7, 11, 39, 41, 70], optional: [12, 13, 24, 42, 44, 48, 61, 128] },
  },
  'sign-off': {
    mti: ['0800', '0801'],
    answer: '0810',
    network: '002',
    means: 'the cashier ends',
    required: [7, 11, 41, 70],
    optional: [12, 13, 24, 42, 60, 128],
    answers: { required: [7, 11, 39, 41, 70], optional: [12, 13, 24, 42, 44, 48, 61, 128] },
  },
  'key-exchange': {
    mti: ['0800', '0801'],
    answer: '0810',
    network: '161',
    means: "a new key for MACs, signed and wrapped by the terminal's own",
    required: [7, 11, 41, 70, 128],
    optional: [12, 13, 24, 42, 60],
    answers: { required: [7, 11, 39, 41, 70], optional: [12, 13, 24, 42, 44, 48, 61, 128] },
  },
  echo: {
    mti: ['0800', '0801'],
    answer: '0810',
    network: '301',
    means: 'is the box there, and what time is it?',
    required: [7, 11, 41, 70],
    optional: [12, 13, 24, 42, 60, 128],
    answers: { required: [7, 11, 39, 41, 70], optional: [12, 13, 24, 42, 44, 48, 61, 128] },
  },
} as const satisfies Record<string, Exchange>
export type ExchangeName = keyof typeof exchanges

const list = Object.entries(exchanges) as [ExchangeName, Exchange][]

/** Which exchange a message asks for; undefined where the profile has none of its type, DE 3 or DE 70. */
export function exchangeOf({ mti, fields }: IsoMessage): ExchangeName | undefined {
  for (const [name, { mti: types, processing, network }] of list) {
    if (!types.includes(mti)) continue
    if (processing !== undefined && !fields[3]?.startsWith(processing)) continue
    if (network !== undefined && fields[70] !== network) continue
    return name
  }
  return undefined
}

/** The type that answers another: `0200` and `0201` are answered by `0210`, also where the profile has no such exchange. */
export const answerType = (mti: string): string => `${mti.slice(0, 2)}${Number(mti.charAt(2)) | 1}0`

/** The first field that an exchange must have and this message has not. */
export const missingField = (name: ExchangeName, { fields }: IsoMessage): FieldNumber | undefined =>
  exchanges[name].required.find((field) => fields[field] === undefined)

/** Whether a message asks again for what was asked before: 0101, 0201, 0221, 0401, 0421, 0801. */
export const isRepeat = ({ mti }: IsoMessage): boolean => mti.endsWith('1')
