import type { MobileCode } from '#club/people/mobile-codes.ts'
import { withClubBooks } from '../club-books.ts'
import { codesAsTheyCome } from '../codes-as-they-come.ts'
import { now, type Where } from './head-office-act.ts'

/** `vafa club codes`: what is to be sent to which mobile. Until a channel of the club sends them, a program of yours does. */
export async function showCodes({ config, follow, json }: Where & { follow?: boolean; json?: boolean }): Promise<void> {
  const show = (one: MobileCode) => {
    const { mobile, code, until, store } = one
    process.stdout.write(`${json ? JSON.stringify(one) : `${mobile}  ${code}  until ${until}  (${store})`}\n`)
  }
  await withClubBooks(config, async (books) => {
    if (follow) for await (const one of codesAsTheyCome(books)) show(one)
    else for (const one of await books.codesToSend(now())) show(one)
  })
}
