import type { FieldNumber } from './fields.ts'

interface Tag {
  /** The fields in which it may stand. */
  in: readonly FieldNumber[]
  from: 'terminal' | 'box' | 'both'
  /** Whether it may stand there more than once. */
  many?: true
  means: string
}

/** What stands in DE 48 and 60 to 63: `tag(2) length(3 digits, bytes) value(UTF-8)`, one behind the other. */
export const tags = {
  CR: { in: [48], from: 'terminal', means: 'who: `kind:value`, a credential that the terminal read (`phone:09123456789`)' },
  LN: {
    in: [48, 62],
    from: 'terminal',
    many: true,
    means: 'a basket line: `quantity;amount;product;category;name`, the last two may be missing',
  },
  TL: { in: [48], from: 'both', means: 'the price before discounts and credit, in rials; DE 4, where it is left out' },
  DS: { in: [48], from: 'box', means: 'discounts in all, rials' },
  RD: { in: [48], from: 'both', means: 'credit that pays a part of it, rials' },
  EF: {
    in: [48],
    from: 'both',
    many: true,
    means: 'an effect: `kind;amount;rule`. In an advice what the terminal gave: `discount;22500;first-purchase`',
  },
  DB: { in: [48], from: 'box', means: 'who decided: `C` the club, `B` the box alone' },
  ST: {
    in: [48],
    from: 'box',
    means: '`A` booked by the club, `P` provisional, `Q` set aside for head office, `O` waits for its original',
  },
  SI: { in: [48], from: 'box', means: 'the id of the sale in the club' },
  TM: { in: [48], from: 'box', means: 'the time of the box: ISO 8601, UTC' },
  LM: { in: [48], from: 'box', means: 'the lane, to a sign-on without a cashier: `live` or `training`' },
  SM: { in: [48], from: 'box', means: 'beside it: whether simulators may act there, `welcome` or `refused`' },
  KY: { in: [48], from: 'box', means: "a new key for MACs, wrapped (RFC 3394) by the terminal's own; hex digits" },
  KC: { in: [48], from: 'box', means: 'the first three bytes of the MAC of 16 zero bytes under the new key; hex digits' },
  BN: { in: [60], from: 'terminal', means: 'batch number, 1 to 6 digits: trace numbers may begin again with each' },
  TR: { in: [60], from: 'terminal', means: "the receipt's number on the till; batch and trace number, where it is left out" },
  OP: { in: [60], from: 'terminal', means: 'cashier' },
  SH: { in: [60], from: 'terminal', means: 'shift' },
  TN: {
    in: [60],
    from: 'terminal',
    many: true,
    means: 'how it was paid: `kind;amount` (cash, card, transfer, voucher, other); all of it as `card`, where it is left out',
  },
  DD: { in: [60], from: 'terminal', means: 'discounts of the day, rials (0500)' },
  MN: { in: [61], from: 'box', means: "the member's number, its last four digits" },
  NM: { in: [61], from: 'box', means: "the member's name" },
  TI: { in: [61], from: 'box', means: 'tier' },
  VI: { in: [61], from: 'box', means: 'visits' },
  PT: { in: [61], from: 'box', many: true, means: 'points or stamps: `unit;name;available`' },
  PO: { in: [61], from: 'box', many: true, means: 'what the cashier should say' },
  PC: { in: [61], from: 'box', many: true, means: 'what the customer should read' },
  ER: { in: [61], from: 'box', means: 'why it was refused and what to do now, for the cashier' },
  TX: {
    in: [63, 62],
    from: 'box',
    means: 'the receipt as lines of text, parted by line feeds; what DE 63 cannot hold goes on in DE 62',
  },
} as const satisfies Record<string, Tag>
export type TagName = keyof typeof tags
