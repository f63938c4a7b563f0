import { setTimeout as wait } from 'node:timers/promises'
import type { OperatedBooks } from '#club/control.ts'
import type { MobileCode } from '#club/people/mobile-codes.ts'
import { now } from './commands/head-office-act.ts'

/** A person waits for it: so often is looked for new ones. */
const everyMs = 500

/** Codes that the club has for mobiles, each once, from those that are good now on and for ever. */
export async function* codesAsTheyCome(books: Pick<OperatedBooks, 'codesToSend'>): AsyncGenerator<MobileCode> {
  let seen = new Set<string>()
  for (;;) {
    const codes = await books.codesToSend(now())
    const keyOf = ({ mobile, at }: MobileCode) => `${mobile} ${at}`
    for (const one of codes) if (!seen.has(keyOf(one))) yield one
    seen = new Set(codes.map(keyOf))
    await wait(everyMs)
  }
}
