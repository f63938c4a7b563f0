import type { officeRequests } from '#protocol/head-office/office.ts'
import { headOfficeRequests, isOfficeRequest } from '#protocol/head-office/requests.ts'
import { type Role, roleNames, roles } from '#protocol/head-office/roles.ts'
import { VafaError } from '#runtime/errors.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { mayAgree, requestsOf } from '../access.ts'
import type { Answers, Performers } from '../asker.ts'
import type { AuditLog } from '../audit-log.ts'
import type { Proposals } from '../proposals.ts'
import type { Sessions } from '../sessions.ts'
import type { Users } from '../users.ts'

/** Head office itself: second approvals, who may log in, and who did what. */
export function officeAnswers(parts: {
  users: Users
  sessions: Sessions
  audit: AuditLog
  proposals: Proposals
  performers: Performers<'credit-adjust' | 'programme-publish' | 'programme-roll-back'>
  stores: readonly string[]
  /** Tells a store's events from now on, until a while later; gives until when. */
  watchStore(store: string): string
  runtime: Runtime
}): Answers<keyof typeof officeRequests> {
  const { users, sessions, audit, proposals, performers, runtime } = parts
  /** Of two who agree at the same moment one does it. */
  const beingDecided = new Set<string>()
  const knownStores = (given: readonly string[]) => {
    const unknown = given.find((store) => !parts.stores.includes(store))
    if (unknown === undefined) return
    throw new VafaError({ key: 'store.unknown', message: `the club has no store “${unknown}”`, hint: 'club.yaml names them' })
  }
  const shown = ({ role, stores }: { role: Role; stores: readonly string[] }) => ({ role, stores: [...stores] })

  return {
    audit: (asked) => ({ entries: audit.entries(asked) }),
    proposals: (_, { user }) => ({
      proposals: proposals.list().map((one) => ({
        ...one,
        may: one.status === 'waiting' && one.by !== user.name && mayAgree(user.role, one.name),
      })),
    }),
    async approve({ proposalid }, { user, tell }) {
      const { name, subject, data, by } = proposals.find(proposalid)
      tell({ subject, data: { request: name, proposedBy: by } })
      if (by === user.name)
        throw new VafaError({
          key: 'proposal.own',
          message: 'it was proposed in the same name',
          hint: 'ask somebody else to agree',
        })
      if (!mayAgree(user.role, name))
        throw new VafaError({ key: 'role.refused', message: `a ${user.role} may not agree to “${name}”` })
      if (!isOfficeRequest(name) || !Object.hasOwn(performers, name))
        throw new VafaError({ key: 'proposal.unknown', message: `nobody here knows how to do “${name}”` })
      if (beingDecided.has(proposalid))
        throw new VafaError({ key: 'proposal.unknown', message: 'somebody else is just deciding it' })
      beingDecided.add(proposalid)
      try {
        const asked = headOfficeRequests[name].data.parse(data) as never
        const perform = performers[name as keyof typeof performers]
        const result = await perform(asked, { proposalid, by, agreedBy: user.name, tell })
        proposals.decide(proposalid, { status: 'done', by: user.name })
        return { result }
      } finally {
        beingDecided.delete(proposalid)
      }
    },
    refuse({ proposalid, why }, { user, tell }) {
      const { name, subject, by } = proposals.find(proposalid)
      tell({ subject, data: { request: name, proposedBy: by, why } })
      const own = by === user.name
      if (!own && !mayAgree(user.role, name))
        throw new VafaError({ key: 'role.refused', message: `a ${user.role} may not refuse “${name}”` })
      proposals.decide(proposalid, {
        status: own ? 'withdrawn' : 'refused',
        by: user.name,
        ...(why === undefined ? {} : { result: why }),
      })
      return {}
    },
    users: () => ({
      users: users.list(isoNow(runtime)),
      roles: roles.map((role) => ({ role, name: roleNames[role], may: requestsOf(role) })),
    }),
    async 'user-add'({ name, title, role, stores }, { tell }) {
      tell({ subject: name })
      knownStores(stores)
      const password = await users.add({ name, title, role, stores, at: isoNow(runtime) })
      tell({ after: { role, stores } })
      return { password }
    },
    'user-role'({ name, role, stores }, { tell }) {
      tell({ subject: name })
      knownStores(stores)
      const { before } = users.setRole({ name, role, stores })
      tell({ before: shown(before), after: { role, stores } })
      sessions.endAll(name)
      return {}
    },
    async 'user-password'({ name }, { tell }) {
      tell({ subject: name })
      const password = await users.setPassword({ name })
      sessions.endAll(name)
      return { password }
    },
    'user-remove'({ name }, { tell }) {
      tell({ subject: name })
      sessions.endAll(name)
      const { before } = users.remove(name)
      tell({ before: shown(before) })
      return {}
    },
    'watch-store': ({ store }) => ({ until: parts.watchStore(store) }),
  }
}
