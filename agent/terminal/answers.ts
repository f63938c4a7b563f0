import { type AdditionalAmount, readBalances } from '#protocol/iso8583/amounts.ts'
import type { ResponseCode } from '#protocol/iso8583/codes.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { readPrivateData, type Tagged, tagValue, tagValues } from '#protocol/iso8583/private-data.ts'
import { normaliseReference } from '#protocol/reference.ts'

/** An answer as a terminal works with it. */
export interface TerminalAnswer {
  code: ResponseCode
  /** Rials: of a quote what the customer is to pay. */
  amount?: number
  discount?: number
  redeemed?: number
  saleid?: string
  /** The receipt's code, `7K3M9-QXZ2A`. */
  reference?: string
  status?: 'A' | 'P' | 'Q' | 'O'
  decidedBy?: 'C' | 'B'
  effects: { kind: string; amount: number; ruleid: string }[]
  balances: AdditionalAmount[]
  member?: { lastDigits: string; name?: string; tier?: string; visits?: number }
  operatorPrompts: string[]
  customerPrompts: string[]
  /** Why it was refused and what to do, for the cashier. */
  reason?: string
  /** Why it was refused, for technicians. */
  detail?: string
  receipt: string[]
}

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined

const given = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }

/** Reads an answer. Private fields that do not consist of tags are taken for empty. */
export function readAnswer({ fields }: IsoMessage): TerminalAnswer {
  const tags = (field: 48 | 61 | 62 | 63): Tagged[] => readPrivateData(fields[field]) ?? []
  const [effects, standing] = [tags(48), tags(61)]
  const lastDigits = tagValue(standing, 'MN')
  return {
    code: (fields[39] ?? '96') as ResponseCode,
    ...given('amount', number(fields[4])),
    ...given('discount', number(tagValue(effects, 'DS'))),
    ...given('redeemed', number(tagValue(effects, 'RD'))),
    ...given('saleid', tagValue(effects, 'SI')),
    ...given('reference', normaliseReference((fields[37] ?? '').replace(/^00/, ''))),
    ...given('status', tagValue(effects, 'ST') as TerminalAnswer['status']),
    ...given('decidedBy', tagValue(effects, 'DB') as TerminalAnswer['decidedBy']),
    effects: tagValues(effects, 'EF').map((text) => {
      const [kind = '', amount = '0', ruleid = ''] = text.split(';')
      return { kind, amount: Number(amount), ruleid }
    }),
    balances: readBalances(fields[54] ?? ''),
    ...given(
      'member',
      lastDigits === undefined
        ? undefined
        : {
            lastDigits,
            ...given('name', tagValue(standing, 'NM')),
            ...given('tier', tagValue(standing, 'TI')),
            ...given('visits', number(tagValue(standing, 'VI'))),
          },
    ),
    operatorPrompts: tagValues(standing, 'PO'),
    customerPrompts: tagValues(standing, 'PC'),
    ...given('reason', tagValue(standing, 'ER')),
    ...given('detail', fields[44]),
    receipt: [...tagValues(tags(63), 'TX'), ...tagValues(tags(62), 'TX')].flatMap((page) => page.split('\n')),
  }
}
