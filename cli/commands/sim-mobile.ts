import { readClubConfig } from '#club/config.ts'
import { codesAsTheyCome } from '../codes-as-they-come.ts'
import { reachRunningClub } from '../running-club.ts'
import { isolated } from '../screen/view.ts'
import type { Where } from './head-office-act.ts'

/** `vafa sim mobile`: a customer's mobile, on which the club's messages to it are read. `mobile`: `+989…`. */
export async function showMobile(mobile: string, { config, once }: Where & { once?: true }): Promise<void> {
  const club = await reachRunningClub(readClubConfig(config).control)
  try {
    for await (const { mobile: to, text } of codesAsTheyCome(club)) {
      if (to !== mobile) continue
      process.stdout.write(`✉ ${mobile}\n${text.split('\n').map(isolated).join('\n')}\n`)
      if (once) return
    }
  } finally {
    club.close()
  }
}
