import { exchangeOf, exchanges } from '#protocol/iso8583/exchanges.ts'
import type { FieldNumber } from '#protocol/iso8583/fields.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { readPrivateData } from '#protocol/iso8583/private-data.ts'
import { type TagName, tags } from '#protocol/iso8583/tags.ts'

const privateFields = [48, 60, 61, 62, 63] as const

/** Why an answer is not one of the profile's, by its table; undefined where it is. A strict terminal believes no other. */
export function answerFault(request: IsoMessage, answer: IsoMessage): string | undefined {
  const name = exchangeOf(request)
  if (!name) return answer.fields[39] === '12' ? undefined : 'a request that the profile does not have was not refused by 12'
  const { required, optional }: { required: readonly FieldNumber[]; optional: readonly FieldNumber[] } = exchanges[name].answers
  if (answer.mti !== exchanges[name].answer) return `it has the type ${answer.mti}`
  const refused = answer.fields[39] !== '00'
  for (const field of required)
    if (answer.fields[field] === undefined && request.fields[field] !== undefined) return `DE ${field} is missing`
  for (const key of Object.keys(answer.fields)) {
    const field = Number(key) as FieldNumber
    if (!required.includes(field) && !optional.includes(field) && !(refused && [44, 61, 64, 128].includes(field)))
      return `DE ${field} has no place in it`
  }
  for (const field of privateFields)
    for (const [tag] of readPrivateData(answer.fields[field]) ?? []) {
      const known = tags[tag as TagName] as { in: readonly number[]; from: string } | undefined
      if (!known?.in.includes(field) || known.from === 'terminal') return `DE ${field} has the tag ${tag}`
    }
  return undefined
}
