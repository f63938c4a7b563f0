import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import { arrivalOf, card, createBox, hour, repliesOf, start } from './club-messages.ts'
import { actOf, sealed } from './club-people-conformance.ts'
import { storeSettings } from './store-settings.ts'

const cards = ['a', 'b', 'c', 'd', 'e', 'f']
const anyCard = fc.constantFrom(...cards)
const anyMember = fc.nat(5)
const step = fc.oneof(
  fc.record({ what: fc.constant('enrol' as const), card: anyCard, mobile: fc.option(fc.nat(3), { nil: undefined }) }),
  fc.record({ what: fc.constant('link' as const), card: anyCard, member: anyMember }),
  fc.record({ what: fc.constant('block' as const), card: anyCard }),
  fc.record({ what: fc.constant('replace' as const), card: anyCard, by: anyCard }),
  fc.record({ what: fc.constant('merge' as const), member: anyMember, other: anyMember }),
  fc.record({ what: fc.constant('erase' as const), member: anyMember }),
  fc.record({ what: fc.constant('household' as const), member: anyMember, other: anyMember }),
  fc.record({ what: fc.constant('mobile' as const), member: anyMember, mobile: fc.nat(3) }),
  fc.record({ what: fc.constant('buy' as const), card: anyCard }),
  fc.record({ what: fc.constant('reverse' as const), sale: fc.nat(10) }),
)

/** Whatever happens to people and cards, the books balance and each card is one member's at most. */
export function clubPeopleProperty(name: string, open: (folder: string, settings: StoreSettings) => Promise<ClubStore>) {
  describe(`people in ${name}`, () => {
    it('the books balance and a card has one owner after any history of people', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 30 }), fc.nat(29), async (steps, restartAt) => {
          const folder = mkdtempSync(join(tmpdir(), 'vafa-people-'))
          const settings = { ...storeSettings, erasedFile: join(folder, 'club.erased') }
          let store = await open(folder, settings)
          const box = createBox()
          const members: { memberid: string; number: string }[] = []
          const sales: string[] = []
          const blocked = new Set<string>()
          let spent = 0
          let at = start
          const take = async (message: object) => repliesOf(await store.commitBatch([arrivalOf(message)]))[0]
          try {
            for (const [index, one] of steps.entries()) {
              at += hour
              if (index === restartAt) {
                await store.close()
                store = await open(folder, settings)
              }
              const member = 'member' in one ? members[one.member % Math.max(1, members.length)] : undefined
              const other = 'other' in one ? members[one.other % Math.max(1, members.length)] : undefined
              switch (one.what) {
                case 'enrol': {
                  const mobile = one.mobile === undefined ? {} : { profile: sealed({ mobile: `+98912000000${one.mobile}` }) }
                  const reply = await take({ ...box.enrolment(one.card, mobile), time: new Date(at).toISOString() })
                  if (reply?.member) members.push(reply.member)
                  break
                }
                case 'link':
                  if (member)
                    await take(box.fact('vafa.card.linked.v1', { memberid: member.memberid, credential: card(one.card) }, at))
                  break
                case 'block':
                  await take(box.fact('vafa.card.blocked.v1', { credential: card(one.card), reason: 'lost' }, at))
                  blocked.add(one.card)
                  break
                case 'replace': {
                  const fact = box.fact('vafa.card.replaced.v1', { old: card(one.card), new: card(one.by) }, at)
                  if ((await take(fact))?.status === 'accepted') blocked.add(one.card)
                  break
                }
                case 'merge':
                case 'household': {
                  if (!member || !other) break
                  const [keep, drop] = [member.number, other.number]
                  const act =
                    one.what === 'merge'
                      ? actOf('vafa.club.members-merged.v1', { keep, drop })
                      : actOf('vafa.club.household-joined.v1', { head: keep, member: drop })
                  const [first] = await store.act([act])
                  expect(await store.act([act])).toEqual(first?.status === 'declined' ? [expect.anything()] : [first])
                  break
                }
                case 'erase':
                  if (member) await take(box.fact('vafa.member.erased.v1', { memberid: member.memberid }, at))
                  break
                case 'mobile':
                  if (member) {
                    const profile = sealed({ mobile: `+98912000000${one.mobile}` })
                    await take(box.fact('vafa.member.updated.v1', { memberid: member.memberid, profile, consents: [] }, at))
                  }
                  break
                case 'buy': {
                  const sale = box.sale({ total: 100_000, member: card(one.card) }, at)
                  const reply = await take(sale)
                  if (reply?.member) spent += 100_000
                  if (reply?.member) sales.push(sale.data.saleid)
                  break
                }
                case 'reverse': {
                  const [saleid] = sales.splice(one.sale % Math.max(1, sales.length), 1)
                  if (saleid === undefined) break
                  await take(box.reversal(saleid, at))
                  spent -= 100_000
                }
              }
            }
            expect(await store.audit()).toEqual([])
            const all = await store.members()
            // 10 % and 15 %: nobody's credit is lost or made by moving it.
            const credit = all.reduce((sum, one) => sum + one.credit, 0)
            expect(credit).toBeGreaterThanOrEqual(spent / 10)
            expect(credit + ((await store.totals()).accounts['house:issued'] ?? 0)).toBe(0)
            // Each card finds one member at most, and that member's own record names it.
            const people = await Promise.all(all.map((one) => store.person(one.number)))
            const held = people.flatMap((one) => one?.credentials ?? [])
            const good = held.filter((one) => one.state === undefined)
            const found: string[] = []
            for (const one of cards) {
              const request = box.request('vafa.credential.presented.v1', { credential: card(one) }, at)
              const [reply] = repliesOf(await store.answer([arrivalOf(request, 's1', new Date(at).toISOString())]))
              if (reply?.member) found.push(reply.member.number)
              if (blocked.has(one)) expect(reply?.error?.key).toBe('card.blocked')
            }
            expect(found).toHaveLength(good.length)
            for (const one of people) {
              const own = one?.credentials.filter(({ state }) => state === undefined).length
              expect(found.filter((number) => number === one?.number)).toHaveLength(own ?? -1)
            }
            const quarantined = (await store.quarantine()).map((one) => one.key)
            expect(quarantined.filter((key) => key === 'event.unsupported')).toEqual([])
          } finally {
            await store.close()
            rmSync(folder, { recursive: true })
          }
        }),
        { numRuns: 25 },
      )
    })
  })
}
