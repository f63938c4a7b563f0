import { userInfo } from 'node:os'
import { readClubConfig } from '#club/config.ts'
import { reachControl } from '#club/control.ts'
import type { TokenKeyDesk, TokenKeyState } from '#club/token-keys/token-key-desk.ts'
import { VafaError } from '#runtime/errors.ts'
import { withClubReader } from '../club-reader.ts'

interface Where {
  config: string
  json?: boolean
}
type Reached = TokenKeyDesk & { close(): void }

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** `vafa club keys rotate`: the club's boxes make tokens with a fresh key from now on; cards move to it as they are seen. */
export async function rotate(options: Where & { days: number; who?: string }): Promise<void> {
  await told(options, (club) => club.rotateTokenKey({ days: options.days, actor: options.who ?? userInfo().username }))
}

/** `vafa club keys retire`: the key before is worth nothing more to boxes. */
export async function retire(options: Where & { early?: boolean; who?: string }): Promise<void> {
  const actor = options.who ?? userInfo().username
  await told(options, (club) => club.retireTokenKey({ early: options.early ? 'yes' : 'no', actor }))
}

/** `vafa club keys status [--unseen]` */
export async function status(options: Where & { unseen?: boolean }): Promise<void> {
  if (!options.unseen) return told(options, (club) => club.tokenKeys())
  await withClubReader(options.config, async ({ reader }) => {
    const { current } = await reached(options, (club) => club.tokenKeys())
    for (const one of await reader.query<object>(unseen, [current])) say(JSON.stringify(one))
  })
}

/** What stands under another key than the current one: members' cards, phones and fingers. */
const unseen = `SELECT c.kind AS kind, c.keyid AS keyid, m.number AS member, c.linkedat AS since
  FROM credentials c JOIN members m ON m.memberid = c.memberid
  WHERE c.keyid <> $1 AND c.keyid <> 'codes' AND c.kind <> 'nfc-sun' AND c.movedto IS NULL AND m.erasedat IS NULL
  ORDER BY m.number`

async function told(options: Where, ask: (club: Reached) => Promise<TokenKeyState>): Promise<void> {
  const state = await reached(options, ask)
  const counts = new Map<string, number>()
  await withClubReader(options.config, async ({ reader }) => {
    for (const { keyid, n } of await reader.query<{ keyid: string; n: number }>(
      `SELECT keyid, COUNT(*) AS n FROM credentials
        WHERE memberid IS NOT NULL AND movedto IS NULL AND keyid <> 'codes' AND kind <> 'nfc-sun' GROUP BY keyid ORDER BY keyid`,
    ))
      counts.set(keyid, Number(n))
  })
  if (options.json) return say(JSON.stringify({ ...state, credentials: Object.fromEntries(counts) }))
  say(
    `current: ${state.current}${state.earlier === undefined ? '' : `; cards are found by ${state.earlier} too, until ${state.until}`}`,
  )
  for (const [keyid, n] of counts) say(`${String(n).padStart(8)} cards, phones and fingers of members under ${keyid}`)
  for (const { store, keyid } of state.stores) say(`  ${store}: ${keyid ?? 'has not said'}`)
}

async function reached<T>({ config }: Where, ask: (club: Reached) => Promise<T>): Promise<T> {
  const { control } = readClubConfig(config)
  const club = await reachControl(control)
  if (!club)
    throw new VafaError({
      key: 'club.absent',
      message: `no club runs that holds ${control}`,
      hint: 'start it: boxes are reached through it',
      permanent: false,
    })
  try {
    return await ask(club)
  } finally {
    club.close()
  }
}
