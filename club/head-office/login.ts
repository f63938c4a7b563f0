import type { OfficeSession } from '#protocol/head-office/envelope.ts'
import { password as passwordRule } from '#protocol/head-office/office.ts'
import { createAllowances } from '#runtime/allowance.ts'
import { VafaError } from '#runtime/errors.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { requestsOf } from './access.ts'
import type { AuditLog } from './audit-log.ts'
import type { Login, Sessions } from './sessions.ts'
import type { Users } from './users.ts'

/**
 * Wrong logins: of one address some at once and then one in six seconds; in one name, whatever the address, more of them,
 * since who guesses must not lock the owner out from elsewhere. The right password of an address that has not been wrong is
 * let in even when others are guessing in that name.
 */
const wrongOfAddress = { perSecond: 1 / 6, atOnce: 10 }
const wrongOfName = { perSecond: 1 / 12, atOnce: 20 }
/** Passwords that are being hashed: each takes 19 MiB and a thread. */
const hashingMost = 8

/** Logging in and out, and one's own password. */
export function createLoginDesk(parts: {
  club: string
  users: Users
  sessions: Sessions
  audit: AuditLog
  onRefused(): void
  runtime: Runtime
}) {
  const { club, users, sessions, audit, onRefused, runtime } = parts
  const addresses = createAllowances(wrongOfAddress, 10_000)
  const names = createAllowances(wrongOfName, 10_000)
  const clean = new Set<string>()
  let hashing = 0

  const note = (what: string, given: { name: string; role: string; address: string; result: string }) => {
    const { name, role, address, result } = given
    audit.note({ at: isoNow(runtime), actor: name, role, what, subject: address, result })
  }
  /** Throws `login.slow-down` where there were too many wrong ones. */
  const admit = (name: string, address: string) => {
    const now = runtime.monotonic()
    const tooFast = !addresses.has(address, now) || (!names.has(name, now) && !clean.has(`${address} ${name}`))
    if (!tooFast && hashing < hashingMost) return
    onRefused()
    throw new VafaError({ key: 'login.slow-down', message: 'too many wrong logins', permanent: false })
  }
  const checked = async (name: string, password: string, address: string) => {
    admit(name, address)
    hashing += 1
    const user = await users.login({ name, password, at: isoNow(runtime) }).finally(() => {
      hashing -= 1
    })
    if (user) {
      if (clean.size > 10_000) clean.clear()
      clean.add(`${address} ${name}`)
      return user
    }
    const now = runtime.monotonic()
    addresses.take(address, now)
    names.take(name, now)
    clean.delete(`${address} ${name}`)
    onRefused()
    note('login-refused', { name: name.slice(0, 40), role: '', address, result: 'login.wrong' })
    throw new VafaError({ key: 'login.wrong', message: 'the name or the password is wrong' })
  }

  return {
    /** `address`: where the browser is. `secret` is for its cookie. */
    async login(given: { name: string; password: string; address: string }): Promise<{ secret: string; login: Login }> {
      const { name, password, address } = given
      const user = await checked(name, password, address)
      const { secret, session } = sessions.begin(user.name)
      note('login', { name: user.name, role: user.role, address, result: 'ok' })
      const login = sessions.byName(session)
      if (!login) throw new VafaError({ key: 'user.unknown', message: 'the user was just removed' })
      return { secret, login }
    },
    logout({ session, user }: Login, address: string): void {
      sessions.end(session)
      note('logout', { name: user.name, role: user.role, address, result: 'ok' })
    },
    /** The other sessions of the user end. */
    async changePassword({ session, user }: Login, given: { old: string; fresh: string; address: string }): Promise<void> {
      const rule = passwordRule.safeParse(given.fresh)
      if (!rule.success || given.fresh === given.old || given.fresh.includes(user.name))
        throw new VafaError({
          key: 'password.weak',
          message: rule.error?.issues[0]?.message ?? 'must be another one, and must not hold the name',
        })
      await checked(user.name, given.old, given.address)
      await users.setPassword({ name: user.name, password: given.fresh })
      sessions.endAll(user.name, session)
      note('password', { name: user.name, role: user.role, address: given.address, result: 'ok' })
    },
    described({ session, user, expiresat }: Login): OfficeSession {
      const { name, title, role, stores, mustChange } = user
      return {
        ...{ session, club, expiresat, mustChange },
        user: { name, role, stores: [...stores], ...(title === undefined ? {} : { title }) },
        may: mustChange ? [] : requestsOf(role),
      }
    },
  }
}
export type LoginDesk = ReturnType<typeof createLoginDesk>
