import { setTimeout as wait } from 'node:timers/promises'
import { withClubBooks } from '../club-books.ts'
import { now, type Where } from './head-office-act.ts'

/** A person waits for it: so often is looked for new ones. */
const everyMs = 500

/** `vafa club codes`: what is to be sent to which mobile. Until a channel of the club sends them, a program of yours does. */
export async function showCodes({ config, follow, json }: Where & { follow?: boolean; json?: boolean }): Promise<void> {
  await withClubBooks(config, async (books) => {
    const seen = new Set<string>()
    for (;;) {
      for (const one of await books.codesToSend(now())) {
        const key = `${one.mobile} ${one.at}`
        if (seen.has(key)) continue
        seen.add(key)
        const { mobile, code, until, store } = one
        process.stdout.write(`${json ? JSON.stringify(one) : `${mobile}  ${code}  until ${until}  (${store})`}\n`)
      }
      if (!follow) return
      await wait(everyMs)
    }
  })
}
