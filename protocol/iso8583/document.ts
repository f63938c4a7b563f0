import { networkCodes, processingCodes, responseCodes } from './codes.ts'
import { type ExchangeName, exchanges } from './exchanges.ts'
import { type FieldFormat, profileFields } from './fields.ts'
import { tags } from './tags.ts'

const formatText = ({ content, length, prefix }: FieldFormat): string =>
  `${content}${prefix > 0 ? `${'.'.repeat(prefix)}${length}` : ` ${length}`}`

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`
const table = (head: string[], rows: string[][]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n')

const numbers = (fields: readonly number[]): string => [...fields].sort((a, b) => a - b).join(', ')

/** docs/iso8583.md: the profile as its tables say it. */
export function iso8583Document(): string {
  const names = Object.keys(exchanges) as ExchangeName[]
  return `<!-- Written by \`npm run docs:protocol\` from protocol/iso8583/: change it there. -->
# ISO 8583 for club terminals

What a terminal and a box say to each other: ISO 8583:1987 with ASCII digits, in a profile of its own, because there is no
public one for loyalty. [devices/pos-iso8583.md](devices/pos-iso8583.md) says how a box is set up for it.

## Frames
- **TCP**: two bytes before each message say its length, the higher byte first; they do not count themselves. A length of 0
  is a keep-alive and is not answered.
- **Serial**: STX, the message, ETX, and a check byte (LRC): the exclusive or of all bytes behind STX up to ETX and with it.
  Answered by ACK, or by NAK where the check fails; sent again on NAK or after two seconds of silence, three times in all.
  On a serial line the bitmap is written in hex digits, so that no byte of it can be an ETX.

## A message
Four digits of type (MTI), the bitmap, the data elements (DE) in their order. Numbers of a fixed length have zeros before them, text
has blanks behind it. Before a value of variable length stands its length in bytes, as two (\`..\`) or three (\`...\`)
digits. Text of variable length is UTF-8.

| dialect | bitmap | DE of format b |
| --- | --- | --- |
| \`binary\` | 8 bytes, 16 with the second one | as bytes |
| \`hex\` | 16 hex digits, 32 with the second one | as hex digits, two a byte |

A message may carry any data element of the standard. Those that are not in the table below are read over by their standard
format and not kept: a track 1, a PIN block or chip data goes no further than the codec.

## Data elements
\`n\` digits, \`an\` letters and digits, \`ans\` text, \`z\` track 2, \`b\` bits.

${table(
  ['DE', 'name', 'format', 'here'],
  Object.entries(profileFields).map(([field, format]) => [field, format.name, formatText(format), format.use]),
)}

**Cards.** DE 2 and 35 pass only with one of the club's own prefixes. From DE 48 CR a number of 16 to 19 digits with a right
check digit (Luhn) is taken out where it does not begin with such a prefix, and a \`magstripe\` one always.

## Exchanges
A repeat has the type in brackets; it is answered as its original was. Every answer carries DE 39.

${table(
  ['message', 'DE 3', 'DE 70', 'means', 'must have', 'may have', 'answer', 'always in it', 'may be in it'],
  names.map((name) => {
    const one: {
      mti: readonly string[]
      answer: string
      processing?: string
      network?: string
      means: string
      required: readonly number[]
      optional: readonly number[]
      answers: { required: readonly number[]; optional: readonly number[] }
    } = exchanges[name]
    const [first = '', second = ''] = one.mti
    return [
      `${first} (${second})`,
      one.processing ? `${one.processing}xxxx` : '',
      one.network ?? '',
      one.means,
      numbers(one.required),
      numbers(one.optional),
      one.answer,
      numbers(one.answers.required),
      numbers(one.answers.optional),
    ]
  }),
)}

### DE 3, the first two digits
${table(
  ['code', 'means'],
  Object.entries(processingCodes).map(([code, means]) => [code, means]),
)}

### DE 70
${table(
  ['code', 'means'],
  Object.entries(networkCodes).map(([code, means]) => [code, means]),
)}

## DE 39
${table(
  ['code', 'means', 'the same again'],
  Object.entries(responseCodes).map(([code, { meaning, final }]) => [code, meaning, final ? 'changes nothing' : 'may succeed']),
)}

## DE 48 and 60 to 63
Tags, one behind the other: two letters, the length of the value in bytes as three digits, the value in UTF-8:
\`CR017phone:09123456789\`. What is not known is left out of account.

${table(
  ['tag', 'DE', 'from', 'means'],
  Object.entries(tags).map(([name, tag]) => [
    name,
    tag.in.join(', '),
    { terminal: 'terminal', box: 'box', both: 'either' }[tag.from],
    `${tag.means}${'many' in tag ? ' (may stand there more than once)' : ''}`,
  ]),
)}

## DE 54
Up to six amounts of 20 characters: account (60 credit, 61 points), kind (02 what can be used now, 93 what will be later),
currency (364 the rial, 999 none), sign (C, or D for less than nothing), twelve digits. Named points and stamps stand in DE 61.

## A transaction, and what happens to it when the line is cut
1. **One number for all its messages.** Quote, hold, sale, repeats and reversal of a transaction carry the same DE 11, 12, 13
   and batch (DE 60 BN). The box makes the sale's id of them, of the store and of the terminal that the connection is bound
   to: the same after a restart, and on another box. A terminal that counts on with each message sends in its 0200 the DE 37 of the
   quote's answer.
2. **DE 7 is the first transmission's** in repeats too. A reversal names DE 11 and DE 7 of its original in DE 90, and carries
   the original's DE 12, 13 and batch. The box knows a transaction by either: a terminal may restamp the one or the other,
   not both.
3. **A sale that is not answered is undone**, with 0400 while the customer waits or with 0420 later, until 00 comes. A reversal is
   answered 00 as soon as it is on the box's disk, whether the sale ever arrived or not; should it arrive later, it is refused (25).
4. **An advice and a return that are not answered are repeated**, with 0221 or 0201, until an answer comes. An advice is
   always taken: where its amounts do not add up, what was paid and given counts. A return is never reversed.
5. **00 means: on the disk of the box.** DE 48 ST says whether the club has booked it already. The box answers within its lane's
   budget, also while the club is away.
6. What the customer is to pay is DE 4 of the quote's answer. The 0200 carries what was paid in DE 4 and the price in DE 48 TL.
7. **A sale is whose card it names.** Whom a terminal only asked about (0100/31) is the customer of no sale that does not say so; a card
   at a reader of the box counts for the next quote at that lane, and for no advice.

## MAC
In DE 64, or in DE 128 where the message has a second bitmap; always the last field. It covers every byte of the message
before it, as it is on the wire, without the frame.

| algorithm | key | |
| --- | --- | --- |
| \`aes-cmac\` | 16, 24 or 32 bytes | NIST SP 800-38B, RFC 4493; its first 8 bytes |
| \`retail\` | 16 bytes | ISO/IEC 9797-1 MAC algorithm 3 (ANSI X9.19): DES in CBC mode under the first 8 bytes of the key, the last block once more under the others; padded with zeros |

0800 with DE 70 = 161, signed with the terminal's own key, brings a new one in DE 48 KY, wrapped by RFC 3394 with the own
key. A box forgets it when it restarts: the terminal then hears 63, exchanges keys again and repeats.
`
}
