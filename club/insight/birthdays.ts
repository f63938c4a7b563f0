import type { Books } from '../books/context.ts'
import type { Consents } from '../books/member-records.ts'
import { profileOf } from '../books/persons.ts'
import type { Engine } from '../store/engine.ts'
import type { BirthdaysOf } from './surroundings.ts'

/** Whether somebody's profile may be counted with: not after the consent to the club was withdrawn. */
export function mayBeCounted(consents: Consents | undefined): boolean {
  return consents?.history.findLast(({ purpose }) => purpose === 'club')?.given ?? true
}

/** Birthdays from the profiles, which stand locked in the books. */
export function createBirthdays(parts: { engine: Engine; books: Books; onDesk<T>(task: () => T): Promise<T> }): BirthdaysOf {
  const { engine, books, onDesk } = parts
  return async (memberids) => {
    const consents = await engine.load('consents', memberids)
    const birthdays = new Map<string, string>()
    for (const memberid of memberids) {
      if (!mayBeCounted(consents.get(memberid))) continue
      const { birthday } = await onDesk(() => profileOf(books, memberid))
      if (birthday !== undefined) birthdays.set(memberid, birthday)
    }
    return birthdays
  }
}
