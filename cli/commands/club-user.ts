import { text } from 'node:stream/consumers'
import { readClubConfig } from '#club/config.ts'
import { createAuditLog } from '#club/head-office/audit-log.ts'
import { openOfficeDatabase } from '#club/head-office/office-database.ts'
import { createSessions } from '#club/head-office/sessions.ts'
import { createUsers } from '#club/head-office/users.ts'
import { password as passwordRule, userName } from '#protocol/head-office/office.ts'
import type { Role } from '#protocol/head-office/roles.ts'
import { VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { actor, now, type Where } from './head-office-act.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)

interface NewUser extends Where {
  role: Role
  store?: string[]
  title?: string
  passwordStdin?: boolean
}

/** `vafa club user add NAME`: somebody may log in at head office's pages; a one-time password is printed once. */
export async function addUser(name: string, options: NewUser): Promise<void> {
  const { role, store: stores = [], title, passwordStdin } = options
  await withOffice(options.config, async ({ users, note, known }) => {
    if (!userName.safeParse(name).success) throw usage(`“${name}” is no user name`, '2 to 40 of a–z, 0–9, dot, dash, underscore')
    known(stores)
    const given = passwordStdin ? await readPassword() : undefined
    const password = await users.add({ name, role, stores, title, password: given, at: now() })
    note('user-add', name, { after: { role, stores } })
    tell(name, given, password)
  })
}

/** `vafa club user list`. */
export async function listUsers({ config, json }: Where & { json?: boolean }): Promise<void> {
  await withOffice(config, async ({ users }) => {
    const all = users.list(now())
    if (json) return say(JSON.stringify(all, null, 2))
    if (all.length === 0) say('nobody may log in yet: `vafa club user add NAME --role administrator`')
    for (const { name, role, stores, lastLoginAt, sessions, mustChange } of all) {
      const where = stores.length === 0 ? '' : ` of ${stores.join(', ')}`
      const seen = lastLoginAt === undefined ? 'never logged in' : `last login ${lastLoginAt}`
      say(`${name}  ${role}${where}  ${seen}, ${sessions} sessions${mustChange ? ', has a one-time password' : ''}`)
    }
  })
}

/** `vafa club user role NAME ROLE`: the user's sessions end. */
export async function setUserRole(name: string, role: Role, { config, store: stores = [] }: Where & { store?: string[] }) {
  await withOffice(config, async ({ users, sessions, note, known }) => {
    known(stores)
    const { before } = users.setRole({ name, role, stores })
    sessions.endAll(name)
    note('user-role', name, { before: { role: before.role, stores: before.stores }, after: { role, stores } })
    say(`${name} is ${role}${stores.length === 0 ? '' : ` of ${stores.join(', ')}`}; open sessions have ended`)
  })
}

/** `vafa club user password NAME`: a new one-time password, or one from standard input; the user's sessions end. */
export async function setUserPassword(name: string, { config, passwordStdin }: Where & { passwordStdin?: boolean }) {
  await withOffice(config, async ({ users, sessions, note }) => {
    const given = passwordStdin ? await readPassword() : undefined
    const password = await users.setPassword({ name, password: given })
    sessions.endAll(name)
    note('user-password', name, {})
    tell(name, given, password)
  })
}

/** `vafa club user remove NAME`. */
export async function removeUser(name: string, { config }: Where): Promise<void> {
  await withOffice(config, async ({ users, sessions, note }) => {
    sessions.endAll(name)
    const { before } = users.remove(name)
    note('user-remove', name, { before: { role: before.role, stores: before.stores } })
    say(`${name} may not log in any more`)
  })
}

type Office = Awaited<ReturnType<typeof openOffice>>

function openOffice(file: string) {
  const { officeFile, stores } = readClubConfig(file)
  const database = openOfficeDatabase(officeFile)
  const users = createUsers(database)
  const audit = createAuditLog(database)
  const names = stores.map(({ store }) => store)
  return {
    database,
    users,
    // The running club looks every second, and cuts the pages whose sessions are gone.
    sessions: createSessions({ database, users, runtime: systemRuntime, onEnded: () => {} }),
    note: (what: string, subject: string, { before, after }: { before?: unknown; after?: unknown }) =>
      audit.note({ at: now(), actor: actor(), role: 'operator', what, subject, before, after, result: 'ok' }),
    known(given: readonly string[]) {
      const unknown = given.find((store) => !names.includes(store))
      if (unknown !== undefined) throw usage(`the club has no store “${unknown}”`, `it has ${names.join(', ')}`)
    },
  }
}

/** Works on head office's own file; the club may run meanwhile. */
async function withOffice(file: string, work: (office: Office) => Promise<void>): Promise<void> {
  const office = openOffice(file)
  try {
    await work(office)
  } finally {
    office.database.close()
  }
}

const usage = (message: string, hint: string) => new VafaError({ key: 'usage', message, hint })

function tell(name: string, given: string | undefined, password: string): void {
  if (given !== undefined) say(`${name} may log in with that password`)
  else say(`${name} logs in with this password once, and then chooses another one:\n\n    ${password}\n`)
}

async function readPassword(): Promise<string> {
  const given = (await text(process.stdin)).replace(/\r?\n$/, '')
  const rule = passwordRule.safeParse(given)
  if (rule.success) return given
  throw usage(`the password ${rule.error.issues[0]?.message}`, 'give it as the one line of standard input')
}
